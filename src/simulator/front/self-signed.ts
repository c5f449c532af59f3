import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';

/** What a TLS server shows and keeps, both as PEM. */
export interface TlsIdentity {
  cert: string;
  key: string;
}

/** Tags of DER (ITU-T X.690), as far as a certificate needs them. */
const TAG = {
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  text: 0x0c,
  time: 0x17,
  sequence: 0x30,
  set: 0x31,
  /** [0] and [3] of TBSCertificate (RFC 5280, 4.1). */
  version: 0xa0,
  extensions: 0xa3,
  /** [2] of GeneralName (RFC 5280, 4.2.1.6). */
  dnsName: 0x82,
} as const;

/** Each with its tag and length, as it stands in every certificate. */
const OID = {
  commonName: Buffer.from('0603550403', 'hex'),
  subjectAltName: Buffer.from('0603551d11', 'hex'),
  ecdsaWithSha256: Buffer.from('06082a8648ce3d040302', 'hex'),
};

const VERSION_3 = 2;
const SERIAL_BYTES = 16;
const DAY_MS = 86_400_000;
const DAYS_VALID = 365;
/** From here on a length is told in bytes of its own. */
const SHORT_LENGTH_MAX = 0x7f;
const LONG_LENGTH = 0x80;

/** A certificate for that host that nobody has reason to trust, and its key. */
export function selfSigned(host: string): TlsIdentity {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = der(TAG.sequence, OID.ecdsaWithSha256);
  const name = der(
    TAG.sequence,
    der(TAG.set, der(TAG.sequence, OID.commonName, der(TAG.text, Buffer.from(host)))),
  );
  const now = Date.now();
  const validity = der(TAG.sequence, time(now - DAY_MS), time(now + DAYS_VALID * DAY_MS));
  const hosts = der(TAG.sequence, der(TAG.dnsName, Buffer.from(host)));
  const extension = der(TAG.sequence, OID.subjectAltName, der(TAG.octetString, hosts));
  const content = der(
    TAG.sequence,
    der(TAG.version, der(TAG.integer, Buffer.from([VERSION_3]))),
    der(TAG.integer, serial()),
    algorithm,
    name,
    validity,
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(TAG.extensions, der(TAG.sequence, extension)),
  );
  const signature = sign('sha256', content, privateKey);
  const noUnusedBits = Buffer.from([0]);
  const certificate = der(TAG.sequence, content, algorithm, der(TAG.bitString, noUnusedBits, signature));
  return { cert: pem(certificate), key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
}

function der(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([tag, ...lengthOf(content)]), content]);
}

function lengthOf({ length }: Buffer): number[] {
  if (length <= SHORT_LENGTH_MAX) return [length];
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest >>= 8) bytes.unshift(rest & 0xff);
  return [LONG_LENGTH | bytes.length, ...bytes];
}

/** Positive, and in as few bytes as it needs: the first is neither zero nor above 127. */
function serial(): Buffer {
  const bytes = randomBytes(SERIAL_BYTES);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes;
}

/** YYMMDDHHMMSSZ */
function time(at: number): Buffer {
  const digits = new Date(at).toISOString().replaceAll(/\D/g, '').slice(2, 14);
  return der(TAG.time, Buffer.from(`${digits}Z`));
}

function pem(certificate: Buffer): string {
  const lines = certificate.toString('base64').match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}
