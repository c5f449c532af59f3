import { z } from 'zod';

/** What the schema of CycloneDX 1.6 demands of the parts we write, and no more than it allows there. */
const licences = z
  .array(
    z.union([
      z.strictObject({
        license: z.union([z.strictObject({ id: z.string() }), z.strictObject({ name: z.string() })]),
      }),
      z.strictObject({ expression: z.string() }),
    ]),
  )
  .min(1);

const component = z.strictObject({
  type: z.enum(['application', 'framework', 'library', 'platform', 'operating-system', 'file']),
  'bom-ref': z.string().min(1),
  group: z.string().optional(),
  name: z.string().min(1),
  version: z.string().min(1),
  hashes: z
    .array(z.strictObject({ alg: z.literal('SHA-512'), content: z.string().regex(/^[0-9a-f]{128}$/) }))
    .optional(),
  licenses: licences.optional(),
  purl: z.string().regex(/^pkg:(?:npm\/(?:%40[\w.-]+\/)?[\w.-]+|generic\/[\w.-]+)@[\w.%+-]+$/),
});

export const sbomSchema = z
  .strictObject({
    $schema: z.literal('http://cyclonedx.org/schema/bom-1.6.schema.json'),
    bomFormat: z.literal('CycloneDX'),
    specVersion: z.literal('1.6'),
    serialNumber: z.string().regex(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/),
    version: z.int().min(1),
    metadata: z.strictObject({ timestamp: z.iso.datetime(), component }),
    components: z.array(component),
    dependencies: z.array(z.strictObject({ ref: z.string(), dependsOn: z.array(z.string()) })),
  })
  .superRefine(({ metadata, components, dependencies }, context) => {
    const refs = [metadata.component, ...components].map(one => one['bom-ref']);
    const named = [...dependencies.map(({ ref }) => ref), ...dependencies.flatMap(one => one.dependsOn)];
    const faults = [
      ...refs.filter((ref, place) => refs.indexOf(ref) !== place).map(ref => `${ref} is there twice`),
      ...named.filter(ref => !refs.includes(ref)).map(ref => `${ref} is no component`),
      ...dependencies
        .filter(({ dependsOn }) => new Set(dependsOn).size !== dependsOn.length)
        .map(({ ref }) => `${ref} names one twice`),
    ];
    for (const message of faults) context.addIssue({ code: 'custom', message });
  });
