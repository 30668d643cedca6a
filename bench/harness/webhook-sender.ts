/** Signs and posts webhooks over kept connections, with little work of its own. */
import { createHmac } from 'node:crypto';
import { Agent, request } from 'node:http';

export interface WebhookSender {
  /** Resolves at 202; rejects at any other answer. */
  send(nonce: string, body: string): Promise<void>;
  close(): void;
}

export function makeWebhookSender(url: string, secret: Uint8Array): WebhookSender {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  return {
    send(nonce, body) {
      const timestamp = String(Math.floor(Date.now() / 1_000));
      const signature = createHmac('sha256', secret).update(`${timestamp}.${nonce}.${body}`).digest('hex');
      const headers = {
        'content-type': 'application/json',
        'content-length': String(Buffer.byteLength(body)),
        'x-timestamp': timestamp,
        'x-nonce': nonce,
        'x-signature': signature,
      };
      return new Promise((resolve, reject) => {
        const sent = request(url, { method: 'POST', agent, headers }, (response) => {
          response.resume();
          response.on('end', () => {
            if (response.statusCode === 202) resolve();
            else reject(new Error(`expected 202, found ${response.statusCode}`));
          });
        });
        sent.on('error', reject);
        sent.end(body);
      });
    },
    close: () => agent.destroy(),
  };
}
