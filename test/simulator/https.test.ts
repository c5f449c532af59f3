import { once } from 'node:events';
import { get } from 'node:https';
import { connect } from 'node:tls';
import { afterAll, beforeAll, expect, it } from 'vitest';
import WebSocket from 'ws';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';

let simulator: Simulator;

beforeAll(async () => {
  simulator = await startSimulator({ database: 'none', tls: 'selfSigned' });
});
afterAll(() => simulator.stop());

function statusOf(path: string, options: { ca?: string; rejectUnauthorized?: boolean }): Promise<number> {
  return new Promise((resolve, reject) => {
    get(simulator.addresses.pbxUrl + path, options, response => {
      response.resume();
      resolve(response.statusCode ?? 0);
    }).on('error', reject);
  });
}

async function certificate(): Promise<string> {
  const { hostname: host, port } = new URL(simulator.addresses.pbxUrl);
  const socket = connect({ host, port: Number(port), rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const own = socket.getPeerX509Certificate();
  socket.destroy();
  return own?.toString() ?? '';
}

it('is refused by who checks certificates, and by who trusts this one but checks the name', async () => {
  expect(simulator.addresses.pbxUrl).toMatch(/^https:\/\/127\.0\.0\.1:/);
  expect(simulator.addresses.controlUrl).toMatch(/^http:/);
  await expect(statusOf('/callcontrol', {})).rejects.toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
  await expect(statusOf('/callcontrol', { ca: await certificate() })).rejects.toMatchObject({
    code: 'ERR_TLS_CERT_ALTNAME_INVALID',
  });
});

it('serves who does not look, the socket too', async () => {
  expect(await statusOf('/callcontrol', { rejectUnauthorized: false })).toBe(401);
  const socket = new WebSocket(simulator.addresses.socketUrl, { rejectUnauthorized: false });
  const [error] = await once(socket, 'error').then(
    ([refusal]) => [refusal],
    () => [],
  );
  expect(String(error)).toContain('401');
});
