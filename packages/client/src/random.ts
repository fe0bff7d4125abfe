/** A number from 0 on and below 1. It spreads requests over time and protects nothing: it may be guessed. */
export type Random = () => number;

export const systemRandom: Random = () => Math.random();
