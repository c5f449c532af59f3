/** Of a key: what a program may do. */
export const PERMISSIONS = ['read', 'write', 'metrics'] as const;
export type Permission = (typeof PERMISSIONS)[number];

/** Of an operator: an admin may change things, a viewer may look at all of them. */
export const ROLES = ['admin', 'viewer'] as const;
export type Role = (typeof ROLES)[number];
