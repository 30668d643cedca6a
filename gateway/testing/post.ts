/** HTTP requests with full control over their headers, for tests: `fetch` would join doubled ones. */
import { request } from 'node:http';

export interface Answered {
  readonly status: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** `headers` may hold arrays, which go out as separate lines. */
export function post(
  url: string,
  headers: Readonly<Record<string, string | readonly string[]>>,
  body: string | Uint8Array,
): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method: 'POST', agent: false });
    for (const [name, value] of Object.entries(headers)) outgoing.setHeader(name, value);
    outgoing.on('error', reject);
    outgoing.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8'), headers: response.headers }),
      );
    });
    outgoing.end(body);
  });
}
