import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { CHECKS, GENERAL } from '../../src/daemon/doctor/checks.ts';
import { doctorPage } from '../../src/daemon/doctor/page.ts';

const root = join(import.meta.dirname, '../..');

it('stands in docs/doctor.md as it is; to renew it: node scripts/doctor-page.ts', () => {
  expect(readFileSync(join(root, 'docs/doctor.md'), 'utf8')).toBe(doctorPage());
});

it('has a test that produces each fault and finds it by name', () => {
  const stories = globSync('test/doctor/*.test.ts', { cwd: root })
    .map(file => readFileSync(join(root, file), 'utf8'))
    .join('\n');
  const codes = [...CHECKS.flatMap(({ faults }) => Object.keys(faults)), ...Object.keys(GENERAL)];
  expect(codes.filter(code => !stories.includes(code))).toEqual([]);
});

it('names every check and every code once, and needs only what stands above', () => {
  const names = CHECKS.map(({ name }) => name);
  const codes = CHECKS.flatMap(({ faults }) => Object.keys(faults));
  expect(new Set(names).size).toBe(names.length);
  expect(new Set(codes).size).toBe(codes.length);
  for (const [index, { needs, name }] of CHECKS.entries())
    for (const needed of needs) expect(names.slice(0, index), `${name} needs ${needed}`).toContain(needed);
});

it('says in each row what to do', () => {
  for (const { faults } of CHECKS)
    for (const { cause, fix } of Object.values(faults)) {
      expect(cause.length).toBeGreaterThan(10);
      expect(fix.length).toBeGreaterThan(10);
    }
});
