/** Forwards a port of a pod or Service to the tests on a real cluster. */
import { spawn } from 'node:child_process';

export interface PortForward {
  /** On 127.0.0.1. */
  readonly port: number;
  readonly close: () => void;
}

const READY_MS_MAX = 20_000;

/** `kubectl port-forward <target> :<port>`, once it listens. */
export function forwardPort(kubectl: string, options: readonly string[], target: string, port: number): Promise<PortForward> {
  return new Promise((resolve, reject) => {
    const child = spawn(kubectl, [...options, 'port-forward', target, `:${port}`], { stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    const timer = setTimeout(() => child.kill(), READY_MS_MAX);
    const listen = (text: string): void => {
      said += text;
      const found = /127\.0\.0\.1:(\d+) ->/.exec(said)?.[1];
      if (found === undefined) return;
      clearTimeout(timer);
      resolve({ port: Number(found), close: () => void child.kill() });
    };
    child.stdout.setEncoding('utf8').on('data', listen);
    child.stderr.setEncoding('utf8').on('data', listen);
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(timer);
      reject(new Error(`kubectl port-forward ${target} ended with ${code}: ${said}`));
    });
  });
}
