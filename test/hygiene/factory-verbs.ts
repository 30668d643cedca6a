/**
 * One verb for one thing: `make…` gives an object, `start…` gives something that runs until it is stopped, `open…` gives something that
 * holds a file or a connection. `create…` is kept for what is created in a cluster or on a bus, which is asynchronous.
 */
import type { SourceFile } from './source-file.ts';
import { violationAt, type Violation } from './violation.ts';

const OTHER_VERBS = /^(create|new|build|construct)(?=[A-Z])/;

export function factoryVerbViolations({ path, functions }: Pick<SourceFile, 'path' | 'functions'>): readonly Violation[] {
  return functions
    .filter(({ name, isTopLevel, isAsync }) => isTopLevel && !isAsync && OTHER_VERBS.test(name))
    .map(({ name, line }) =>
      violationAt(path, line, `${name} is a factory with another verb: say ${name.replace(OTHER_VERBS, 'make')}`, name),
    );
}
