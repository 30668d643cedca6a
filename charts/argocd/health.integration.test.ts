/**
 * Conditions as others read them: objects of every kind in every phase, from a real operator, before the real kstatus library and before our
 * Lua in Argo CD's engine. `node charts/argocd/health.integration.test.ts --update` stores the pictures as testdata anew.
 */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { RESOURCES } from '@flotilla/contracts/resources/catalogue.ts';
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import { type OperatorFixture, startOperatorFixture } from '@flotilla/operator/testing/operator-fixture.ts';
import { parse, stringify } from 'yaml';
import { CUSTOMIZATIONS } from './argocd-files.ts';
import { askKstatus, runLua } from './testing/judge-objects.ts';
import { liveThrough, type Picture } from './testing/object-life.ts';

const CHARTS = join(import.meta.dirname, '..');
const HOW = 'look at the difference; when it is meant: node charts/argocd/health.integration.test.ts --update';
const script = (kind: string): string => readFileSync(join(CHARTS, CUSTOMIZATIONS, kind, 'health.lua'), 'utf8');

let fixture: OperatorFixture;
let pictures: readonly Picture[] = [];
before(async () => {
  fixture = await startOperatorFixture();
  pictures = await liveThrough(fixture);
  if (process.argv.includes('--update')) store();
});
after(() => fixture.stop());

test('kstatus: reads each kind in each phase as it is meant', () => {
  const verdicts = askKstatus(pictures.map(({ object }) => object));
  const found = pictures.map(({ kind, phase }, index) => `${kind} ${phase}: ${verdicts[index]?.status}`);
  assert.deepEqual(
    found,
    pictures.map(({ kind, phase, kstatus }) => `${kind} ${phase}: ${kstatus}`),
  );
});

test('pictures: show every kind before an operator saw it, on its way and done', () => {
  for (const { kind } of RESOURCES) {
    const verdicts = new Set(pictures.filter((picture) => picture.kind === kind).map(({ kstatus }) => kstatus));
    assert.ok(verdicts.has('InProgress') && verdicts.has('Current'), kind);
    assert.ok(
      pictures.some((picture) => picture.kind === kind && picture.phase === 'new'),
      kind,
    );
  }
});

test('Argo CD: reads each kind in each phase as it is meant', () => {
  for (const { kind, phase, object, argo } of pictures) {
    const { status, message } = runLua(script(kind), object) as { readonly status: string; readonly message: string };
    assert.equal(`${kind} ${phase}: ${status}`, `${kind} ${phase}: ${argo}`);
    assert.ok(message.length > 0, `${kind} ${phase}`);
  }
});

test('testdata: is what the operator writes, as far as programs read it', () => {
  for (const { kind, phase, object } of pictures) {
    const stored = parse(readFileSync(join(CHARTS, CUSTOMIZATIONS, kind, 'testdata', `${phase}.yaml`), 'utf8')) as ResourceObject;
    assert.deepEqual(essence(stored), essence(object), `${kind} ${phase}: ${HOW}`);
  }
});

for (const { kind } of RESOURCES) {
  test(`health_test.yaml of ${kind}: holds, and names every file of testdata`, () => {
    const folder = join(CHARTS, CUSTOMIZATIONS, kind);
    const { tests } = parse(readFileSync(join(folder, 'health_test.yaml'), 'utf8')) as HealthTests;
    for (const { inputPath, healthStatus } of tests) {
      const object: unknown = parse(readFileSync(join(folder, inputPath), 'utf8'));
      assert.deepEqual(runLua(script(kind), object), healthStatus, inputPath);
    }
    assert.deepEqual(
      tests.map(({ inputPath }) => inputPath.replace('testdata/', '')).toSorted(),
      readdirSync(join(folder, 'testdata')).toSorted(),
    );
  });
}

/** Conditions that kstatus or our Lua read. */
const READ: readonly string[] = ['Ready', 'Reconciling', 'Stalled'];

interface HealthTests {
  readonly tests: readonly { readonly inputPath: string; readonly healthStatus: unknown }[];
}

function essence({ status, metadata, kind }: ResourceObject): unknown {
  const {
    observedGeneration,
    conditions = [],
    state,
    tradingState,
  } = (status ?? {}) as Readonly<Record<string, unknown>> & {
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly reason: string }[];
  };
  return {
    kind,
    seen: observedGeneration === metadata.generation,
    deleting: metadata.deletionTimestamp !== undefined,
    state,
    tradingState,
    conditions: conditions
      .filter(({ type }) => READ.includes(type))
      .map(({ type, status: holds, reason }) => `${type}=${holds} ${reason}`)
      .toSorted(),
  };
}

function store(): void {
  for (const { kind } of RESOURCES) {
    const folder = join(CHARTS, CUSTOMIZATIONS, kind);
    const tests = pictures
      .filter((picture) => picture.kind === kind)
      .map(({ phase, object }) => {
        const inputPath = `testdata/${phase}.yaml`;
        const { managedFields: _managedFields, ...metadata } = object.metadata as ResourceObject['metadata'] & {
          readonly managedFields?: unknown;
        };
        write(join(folder, inputPath), stringify({ ...object, metadata }, { lineWidth: 0 }));
        return { inputPath, healthStatus: runLua(script(kind), object) };
      });
    write(join(folder, 'health_test.yaml'), stringify({ tests }, { lineWidth: 0 }));
  }
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
