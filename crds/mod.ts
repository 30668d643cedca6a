/** Generator of the CustomResourceDefinitions; the YAML itself lies in `generated/`. */
export * from './generate.ts';
export * from './schema-from-zod.ts';
export * from './unrepresentable-error.ts';
