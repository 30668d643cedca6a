/** Formats decimal text and counts for people, without a floating-point number in between. For the views. Pure. */

/** Cents, with thousands separated: `-1234.5` is `-1,234.50`. Digits below a cent are cut off; `--output json` has them. */
export function formatMoneyShort(amount: string): string {
  const [, sign = '', whole = '0', fraction = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(amount) ?? [];
  const cents = fraction.padEnd(2, '0').slice(0, 2);
  const isZero = /^0*$/.test(whole + cents);
  return `${isZero ? '' : sign}${whole.replace(/\B(?=(\d{3})+$)/g, ',')}.${cents}`;
}

/** -1, 0 or 1. */
export function signOf(amount: string): number {
  if (/^-?0(\.0*)?$/.test(amount)) return 0;
  return amount.startsWith('-') ? -1 : 1;
}

export function formatCount(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}
