/** A reporter for `node --test` that prints each failed test with its reason in a few lines, at the end of the output. */
import { relative } from 'node:path';
import { inspect, stripVTControlCharacters } from 'node:util';

const LINES_MAX = 30;

interface TestEvent {
  readonly type: string;
  readonly data: {
    readonly name?: string;
    readonly file?: string;
    readonly details?: { readonly error?: Error & { readonly failureType?: string } };
  };
}

/** @public The runner imports it by the file's name. */
// oxlint-disable-next-line import/no-default-export -- the runner asks for it
export default async function* reportFailures(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const { type, data } of events) {
    const error = data.details?.error;
    // A parent fails with its children, so only the children are printed.
    if (type !== 'test:fail' || error === undefined || error.failureType === 'subtestsFailed') continue;
    yield `✖ ${relative(process.cwd(), data.file ?? '')}: ${data.name}\n${excerpt(error)}\n`;
  }
}

function excerpt({ cause, message }: Error): string {
  const lines = stripVTControlCharacters(cause === undefined ? message : inspect(cause)).split('\n');
  const more = lines.length > LINES_MAX ? [`… ${lines.length - LINES_MAX} lines more above`] : [];
  return [...lines.slice(0, LINES_MAX), ...more].map((line) => `    ${line}`).join('\n');
}
