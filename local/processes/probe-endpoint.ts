/** One question to a server of this machine: is it ready? The answer is undefined, or what is wrong. */
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';

const ANSWER_MS_MAX = 2_000;
const BODY_CHARACTERS_MAX = 200;

export interface HttpEndpoint {
  readonly port: number;
  readonly path: string;
  /** `self-signed`: TLS on the loopback device with a certificate that the server made for itself. */
  readonly tls?: 'self-signed';
  readonly token?: string;
}

export function probeHttp(endpoint: HttpEndpoint): Promise<string | undefined> {
  return new Promise((resolve) => {
    const options = {
      host: '127.0.0.1',
      port: endpoint.port,
      path: endpoint.path,
      agent: false,
      timeout: ANSWER_MS_MAX,
      headers: endpoint.token === undefined ? {} : { authorization: `Bearer ${endpoint.token}` },
    } as const;
    const request = endpoint.tls === undefined ? httpRequest(options) : httpsRequest({ ...options, rejectUnauthorized: false });
    request.on('response', (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (body = (body + chunk).slice(-BODY_CHARACTERS_MAX)));
      response.on('close', () => resolve(response.statusCode === 200 ? undefined : `HTTP ${response.statusCode} ${body.trim()}`));
      response.on('error', (error) => resolve(error.message));
    });
    request.on('timeout', () => request.destroy(new Error(`no answer within ${ANSWER_MS_MAX} ms`)));
    request.on('error', (error) => resolve(error.message));
    request.end();
  });
}

/** Sends a text and waits for an answer that matches. */
export function probeText(port: number, text: string, expected: RegExp): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    let answer = '';
    const end = (problem: string | undefined): void => {
      socket.destroy();
      resolve(problem);
    };
    socket.setTimeout(ANSWER_MS_MAX, () => end(`no answer within ${ANSWER_MS_MAX} ms`));
    socket.on('connect', () => socket.write(text));
    socket.on('data', (chunk) => {
      answer = (answer + chunk.toString('utf8')).slice(-BODY_CHARACTERS_MAX);
      if (expected.test(answer)) end(undefined);
    });
    socket.on('error', (error) => end(error.message));
    socket.on('close', () => end(answer.trim() || 'the connection was closed'));
  });
}
