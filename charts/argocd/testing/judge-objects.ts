/** Asks the real kstatus library, and Lua as Argo CD runs it. */
import { execFileSync } from 'node:child_process';
import { binaryPath } from '@flotilla/local/testing/binary-path.ts';

export interface KstatusVerdict {
  readonly status: 'InProgress' | 'Failed' | 'Current' | 'Terminating' | 'NotFound' | 'Unknown';
  readonly message: string;
}

export function askKstatus(objects: readonly unknown[]): readonly KstatusVerdict[] {
  return ask('kstatus', objects) as readonly KstatusVerdict[];
}

/** @throws Error with what Lua says */
export function runLua(script: string, object: unknown): unknown {
  const [answer] = ask('argo-lua', [{ script, object }]) as readonly { readonly value?: unknown; readonly error?: string }[];
  if (answer?.error !== undefined) throw new Error(answer.error);
  return answer?.value;
}

function ask(program: 'kstatus' | 'argo-lua', input: unknown): unknown {
  return JSON.parse(execFileSync(binaryPath(program), { input: JSON.stringify(input), encoding: 'utf8' }));
}
