/** Runs a table of stories, each as a test of its own. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Story, tell } from './scenario.ts';

export function tellStories(topic: string, stories: readonly Story[]): void {
  for (const story of stories) {
    void test(`simulator, ${topic}: ${story.reason}`, () => {
      assert.deepEqual(tell(story), story.want, story.reason);
    });
  }
}
