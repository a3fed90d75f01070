const headEnd = Buffer.from('\r\n\r\n');
/** Where the status is in `HTTP/1.1 200 OK`. */
const statusAt = 9;
const withoutBody = new Set([204, 304]);

/**
 * Reads answers from the parts in which they come, and tells the status of each once it is whole.
 * It looks at nothing but the status and the length: what reads costs less than what it measures.
 * @throws {Error} from the reader, for an answer that does not say how long it is.
 */
export function answerReader(answered: (status: number) => void): (received: Buffer) => void {
  let status = 0;
  /** Bytes of the body still to come; undefined: the head is not there yet. */
  let missing: number | undefined;
  let partialHead = Buffer.alloc(0);

  /** What is left behind the head; undefined where the head goes on in the next part. */
  const readHead = (received: Buffer): Buffer | undefined => {
    const bytes = partialHead.length > 0 ? Buffer.concat([partialHead, received]) : received;
    const end = bytes.indexOf(headEnd);
    if (end < 0) {
      partialHead = Buffer.from(bytes);
      return undefined;
    }
    partialHead = Buffer.alloc(0);
    const head = bytes.toString('latin1', 0, end);
    status = Number(head.slice(statusAt, statusAt + 3));
    missing = withoutBody.has(status) ? 0 : contentLength(head);
    return bytes.subarray(end + headEnd.length);
  };

  return (received) => {
    let bytes: Buffer | undefined = received;
    while (bytes !== undefined && bytes.length > 0) {
      if (missing === undefined) bytes = readHead(bytes);
      if (bytes === undefined || missing === undefined) return;
      const part = Math.min(missing, bytes.length);
      missing -= part;
      bytes = bytes.subarray(part);
      if (missing > 0) return;
      missing = undefined;
      answered(status);
    }
  };
}

function contentLength(head: string): number {
  const match = /\r\ncontent-length: *(\d+)/i.exec(head);
  if (match === null) throw new Error(`The answer has no Content-Length:\n${head}`);
  return Number(match[1]);
}
