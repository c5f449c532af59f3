import { expect, test } from 'vitest';
import { TestBench } from '../test-bench.ts';

test('$top and $skip page through $orderby; $count counts all', async () => {
  const bench = new TestBench();
  const page = await bench.collection(
    '/Users?$orderby=LastName desc,Number&$skip=2&$top=3&$count=true&$select=LastName',
  );
  expect(page['@odata.context']).toMatch(/#Users\(LastName\)$/);
  expect(page['@odata.count']).toBe(14);
  const all = (await bench.rows('/Users'))
    .map(user => String(user['LastName']))
    .toSorted()
    .toReversed();
  expect(page.value).toEqual(all.slice(2, 5).map(LastName => ({ LastName })));
  const filtered = await bench.collection("/Users?$filter=Number lt '104'&$top=1&$count=true");
  expect(filtered).toMatchObject({ '@odata.count': 3, value: [{ Number: '101' }] });
});

test('$count=false counts nothing, $top=0 gives nothing, $select=* gives all', async () => {
  const bench = new TestBench();
  expect(await bench.collection('/Users?$count=false')).not.toHaveProperty('@odata.count');
  expect(await bench.rows('/Users?$top=0')).toEqual([]);
  expect(await bench.rows('/Users?$select=*&$top=1')).toEqual((await bench.rows('/Users')).slice(0, 1));
});

test('$search finds words in any text', async () => {
  const bench = new TestBench();
  expect((await bench.rows('/Users?$search=ada test')).map(user => user['Number'])).toEqual(['101']);
  expect(await bench.rows('/Users?$search="test ada"')).toEqual([]);
});

test('an option it cannot read is 400 and named', async () => {
  const bench = new TestBench();
  const bad = [
    '$top=-1',
    '$top=x',
    '$top=',
    '$skip=1.5',
    '$count=yes',
    '$orderby=Nothing',
    '$orderby=Id sideways',
    '$orderby=',
    '$select=Nothing',
    '$select=',
    '$filter=Nothing eq 1',
    '$expand=Nothing',
    '$apply=x',
    '$Top=1',
    '$top=1&$top=2',
  ];
  for (const query of bad) {
    const { status, body } = await bench.send('GET', `/Users?${query}`);
    expect(status, query).toBe(400);
    expect(body).toMatchObject({ error: { code: '', message: expect.any(String), details: [{ code: '' }] } });
  }
  expect(await bench.status('/SystemStatus?$select=Nothing')).toBe(400);
  expect(await bench.status('/Users?anything=1')).toBe(200);
});

test('an object is cut to what is selected', async () => {
  const status = await new TestBench().object('/SystemStatus?$select=Version,OS');
  expect(Object.keys(status).toSorted()).toEqual(['@odata.context', 'OS', 'Version']);
});
