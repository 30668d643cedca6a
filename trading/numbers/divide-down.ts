/** The quotient of two whole numbers, rounded toward minus infinity: what the trader has is never too much, and what the trader owes never too little. */

/** `⌊dividend / divisor⌋`; the divisor is above zero. */
export function divideDown(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor;
  return dividend < 0n && quotient * divisor !== dividend ? quotient - 1n : quotient;
}
