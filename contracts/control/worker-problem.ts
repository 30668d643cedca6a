/** What a worker (an agent, the gateway) reports when a resource cannot work: the operator shows it as a condition of that resource. */
import { z } from 'zod';

/** Longest message of a problem, in characters. */
export const PROBLEM_MESSAGE_LENGTH_MAX = 512;

export const workerProblemSchema = z.strictObject({
  /** One word in PascalCase; becomes the reason of the condition. */
  reason: z
    .string()
    .min(1)
    .max(63)
    .regex(/^[A-Za-z]+$/),
  /** For people: what was expected, what was found, what to do next. Never a secret. */
  message: z.string().min(1).max(PROBLEM_MESSAGE_LENGTH_MAX),
});
export type WorkerProblem = z.infer<typeof workerProblemSchema>;
