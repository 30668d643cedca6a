/** A setting of the environment that holds JSON, checked by a schema. For settings that are lists or objects. */
import { z } from 'zod';

export function jsonSetting<Value>(schema: z.ZodType<Value>): z.ZodType<Value, string> {
  return z.string().transform((text, context) => {
    const parsed = schema.safeParse(parseJson(text));
    if (parsed.success) return parsed.data;
    for (const { path, message } of parsed.error.issues) context.addIssue({ code: 'custom', path: [...path], message });
    return z.NEVER;
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
