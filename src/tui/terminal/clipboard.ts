/** Terminals take no more than this, and tmux less. */
const BYTES_MAX = 100_000;

/** OSC 52: puts a text into the clipboard of the terminal the operator sits at, through ssh and tmux. */
export function copied(text: string, environment: NodeJS.ProcessEnv = process.env): string {
  const bytes = Buffer.from(text, 'utf8').subarray(0, BYTES_MAX);
  const sequence = `\u001b]52;c;${bytes.toString('base64')}\u0007`;
  if (!environment['TMUX']) return sequence;
  // For tmux with `allow-passthrough`; one with `set-clipboard on` takes the plain form.
  return `${sequence}\u001bPtmux;${sequence.replaceAll('\u001b', '\u001b\u001b')}\u001b\\`;
}
