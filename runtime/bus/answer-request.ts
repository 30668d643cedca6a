/**
 * Answers one core request. No request may end a service: an error of the handler, or an answer that is too large for the bus, becomes an error
 * answer, is counted and is logged.
 */
import { ERROR_ANSWER_HEADER, type ErrorAnswer, errorAnswerSchema } from '@flotilla/contracts/control/error-answer.ts';
import { ERRORS, type ErrorCode, FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import { readRecordBytes } from '@flotilla/contracts/records/read-record.ts';
import { headers as makeHeaders, type Msg, type MsgHdrs } from '@nats-io/nats-core';
import type { Logger } from '../log.ts';

const MESSAGE_CHARACTERS_MAX = 1_024;

export interface AnswerRequestOptions {
  readonly handler: (payload: Uint8Array) => Promise<Uint8Array | undefined>;
  /** Largest payload that the server takes in one message. */
  readonly payloadBytesMax: () => number;
  readonly logger: Logger;
  /** Called once for each request that was answered with an error, or not at all. */
  readonly onFailure: (code: ErrorCode) => void;
}

/** Never rejects. */
export async function answerRequest(message: Msg, options: AnswerRequestOptions): Promise<void> {
  try {
    const answer = await options.handler(message.data);
    if (answer === undefined) return;
    refuseOversized(answer, options.payloadBytesMax());
    message.respond(answer);
  } catch (error) {
    answerWithError(message, error, options);
  }
}

/** Returns when the message is an ordinary answer. @throws FlotillaError with the code of the service when the message is an error answer. */
export function throwErrorAnswer(subject: string, message: Msg): void {
  const code = message.headers?.get(ERROR_ANSWER_HEADER) ?? '';
  if (code === '') return;
  const read = readRecordBytes(errorAnswerSchema, message.data);
  const found = read.ok ? read.value.error.message : read.problem;
  if (isErrorCode(code)) throw new FlotillaError(code, `${subject} was answered with an error: ${found}`);
  throw new FlotillaError('REQUEST_FAILED', `${subject} was answered with an error of a newer version, ${code.slice(0, 63)}: ${found}`);
}

function refuseOversized(answer: Uint8Array, bytesMax: number): void {
  if (answer.byteLength <= bytesMax) return;
  throw new FlotillaError(
    'ANSWER_TOO_LARGE',
    `expected an answer of at most ${bytesMax} bytes, which is one message of the bus, found ${answer.byteLength} bytes`,
  );
}

function answerWithError(message: Msg, cause: unknown, { logger, onFailure }: AnswerRequestOptions): void {
  const error = toFlotillaError(cause);
  logger.error({ err: cause, code: error.code, subject: message.subject }, 'a request failed; the service answered with an error');
  onFailure(error.code);
  try {
    message.respond(encodeError(error), { headers: headersOf(error) });
  } catch (failure) {
    logger.warn({ err: failure, subject: message.subject }, 'the error answer could not be sent; the asker runs into a timeout');
  }
}

/** The message of an error without a code may contain a secret, so the message goes to the log alone. */
function toFlotillaError(cause: unknown): FlotillaError {
  if (cause instanceof FlotillaError) return cause;
  return new FlotillaError('REQUEST_FAILED', 'expected an answer, found an unexpected failure: see the log of the service', { cause });
}

function encodeError({ code, message }: FlotillaError): Uint8Array {
  const answer: ErrorAnswer = { schemaVersion: 1, error: { code, message: message.slice(0, MESSAGE_CHARACTERS_MAX) } };
  return new TextEncoder().encode(JSON.stringify(answer));
}

function headersOf({ code }: FlotillaError): MsgHdrs {
  const result = makeHeaders();
  result.set(ERROR_ANSWER_HEADER, code);
  return result;
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERRORS, code);
}
