import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { doctorPage } from '../src/daemon/doctor/page.ts';

writeFileSync(join(import.meta.dirname, '../docs/doctor.md'), doctorPage());
