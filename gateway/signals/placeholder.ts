/**
 * Placeholders that the sender did not replace: `{{close}}`. An alert holds them when it was sent by hand, or when TradingView does not know
 * the word between the braces.
 */
const PLACEHOLDER_PATTERN = /\{\{\s*([A-Za-z_][^{}]{0,62})\}\}/;

/** `the placeholder {{close}}, which the sender did not replace`; undefined when `text` has none. */
export function describePlaceholder(text: string): string | undefined {
  const name = PLACEHOLDER_PATTERN.exec(text)?.[1]?.trim();
  return name === undefined ? undefined : `the placeholder {{${name.slice(0, 40)}}}, which the sender did not replace`;
}
