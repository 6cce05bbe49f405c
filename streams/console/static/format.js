// Numbers and times as people read them, in the reader's own time zone.
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const precise = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const full = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const whole = new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 });
const tenth = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1, minimumFractionDigits: 1 });
const signed = new Intl.NumberFormat(undefined, { maximumFractionDigits: 2, minimumFractionDigits: 2, signDisplay: "exceptZero" });

export const count = (n) => whole.format(n);
export const decimal = (n) => tenth.format(n);
export const change = (n) => signed.format(n);
export const percent = (n) => `${Math.round(100 * n)} %`;

export function seconds(s) {
  if (s === null) return "–";
  if (s < 0.95) return `${whole.format(1000 * s)} ms`;
  if (s < 120) return `${tenth.format(s)} s`;
  if (s < 7200) return `${whole.format(s / 60)} min`;
  return s < 172800 ? `${whole.format(s / 3600)} h` : `${whole.format(s / 86400)} days`;
}

/** A time, as precise as windows of that length need. */
export function moment(time, stepS = 0) {
  const at = new Date(time);
  if (stepS >= 43200) return day.format(at);
  if (stepS >= 7200) return full.format(at);
  return stepS && stepS < 60 ? precise.format(at) : clock.format(at);
}

export const dated = (time) => full.format(new Date(time));
export const between = (start, end, stepS) => `${moment(start, stepS)} to ${moment(end, stepS)}`;

/** For an input of the type datetime-local: local time without a zone. */
export function local(time) {
  const at = new Date(time);
  return new Date(at - at.getTimezoneOffset() * 60000).toISOString().slice(0, 19);
}
