// Loaded before a server (`node --import`): its wall clock is so many milliseconds off. Its monotonic one is not.
const offset = Number(process.env["CLOCK_OFFSET_MS"]);
const Real = Date;

globalThis.Date = class extends Real {
  constructor(...given) {
    if (given.length === 0) super(Real.now() + offset);
    else super(...given);
  }

  static now() {
    return Real.now() + offset;
  }
};
