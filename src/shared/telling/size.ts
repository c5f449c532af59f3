const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
const UNIT = 1024;
/** From here on nobody cares for tenths. */
const WHOLE_FROM = 100;

/** `312 B`, `1.5 KiB`, `512 MiB`. */
export function sizeText(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(Math.floor(Math.log(bytes) / Math.log(UNIT)), UNITS.length - 1);
  const size = bytes / UNIT ** power;
  return `${size.toFixed(power === 0 || size >= WHOLE_FROM ? 0 : 1)} ${UNITS[power]}`;
}
