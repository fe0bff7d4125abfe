/** Rows, columns and zigzags of keyboards, and what is learnt by heart: whoever follows one makes no choice. */
const LINES = [
  ..."abcdefghijklmnopqrstuvwxyz 01234567890 абвгдеёжзийклмнопрстуфхцчшщъыьэюя".split(" "),
  ..."qwertyuiop[]\\ asdfghjkl;' zxcvbnm,./ qwertzuiop yxcvbnm azertyuiop qsdfghjklm wxcvbn".split(" "),
  ..."йцукенгшщзхъ фывапролджэ ячсмитьбю !@#$%^&*()_+ `1234567890-=".split(" "),
  ..."1qaz 2wsx 3edc 4rfv 5tgb 6yhn 7ujm 8ik, 9ol. 0p;/ 1q2w3e4r5t6y7u8i9o0p qawsedrftgyhujikolp".split(" "),
];

/** Each two neighbours, in both directions, and each character beside itself. */
const NEIGHBOURS = new Set(
  LINES.flatMap((line) => {
    const points = Array.from(line);
    return points.flatMap((point, at) => [
      point + point,
      point + (points[at + 1] ?? ""),
      (points[at + 1] ?? "") + point,
    ]);
  }),
);

/** Below this many characters a choice, on the average, a text is typed and not made up. */
const CHARACTERS_A_RUN = 4;

/** Whether a text, in lower case, only follows rows such as `12345`, `abcde` and `qwerty`, forwards or backwards. */
export function isSequence(points: readonly string[]): boolean {
  const runs = points.filter((point, at) => at === 0 || !NEIGHBOURS.has(points[at - 1]! + point)).length;
  return runs * CHARACTERS_A_RUN <= points.length;
}

/**
 * Whether a text is one shorter than `minLength` over and over, the last time perhaps cut: repeating adds nothing that
 * a guesser would not try. Linear, by the borders of all beginnings (Knuth, Morris, Pratt).
 */
export function isRepetition(points: readonly string[], minLength: number): boolean {
  const borders: number[] = [0];
  for (let at = 1; at < points.length; at++) {
    let border = borders[at - 1]!;
    while (border > 0 && points[at] !== points[border]) border = borders[border - 1]!;
    borders.push(points[at] === points[border] ? border + 1 : 0);
  }
  const period = points.length - (borders.at(-1) ?? 0);
  return period < minLength && 2 * period <= points.length;
}
