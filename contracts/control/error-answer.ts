/** The answer to a core request that a service could not fulfil. The bus adapter of the runtime sends it, and the same adapter reads it at the requester. */
import { z } from 'zod';

/** A message with this header is an error answer; its value is the code. */
export const ERROR_ANSWER_HEADER = 'Flotilla-Error';

export const errorAnswerSchema = z.strictObject({
  schemaVersion: z.literal(1),
  error: z.strictObject({
    /** A code of the table in `contracts/errors/errors.ts`; a newer service may send one that this build does not know. */
    code: z.string().min(1).max(63),
    message: z.string().max(1_024),
  }),
});
export type ErrorAnswer = z.infer<typeof errorAnswerSchema>;
