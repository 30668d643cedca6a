/** A problem that a worker (an agent or the gateway) reports when a resource cannot work. The operator shows the problem as a condition of the resource. */
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
