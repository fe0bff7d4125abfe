interface Active {
  readonly sid: string;
  readonly lastActiveAt: number;
  readonly createdAt: number;
}

/** Which live sessions give way to one more, so that there are at most `limit`: the longest inactive first. */
export function overLimit<T extends Active>(live: readonly T[], limit: number): readonly T[] {
  const surplus = live.length + 1 - limit;
  if (surplus <= 0) return [];
  return live.toSorted(longestInactiveFirst).slice(0, surplus);
}

function longestInactiveFirst(left: Active, right: Active): number {
  return left.lastActiveAt - right.lastActiveAt || left.createdAt - right.createdAt || (left.sid < right.sid ? -1 : 1);
}
