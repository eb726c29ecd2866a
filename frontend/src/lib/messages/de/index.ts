import type { Translation } from '../../messages';
import type * as english from '../en';
import { cvssMessages } from './cvss';
import { feedMessages } from './feeds';
import { findingsMessages } from './findings';
import { intelMessages } from './intel';
import { inventoryMessages } from './inventory';
import { mailMessages } from './mail';
import { reportMessages } from './reports';
import { shellMessages } from './shell';

/** Every sentence of the page in German, in the shape of the English ones; a test names what is missing. */
export const m: Translation<typeof english.m> = {
  name: 'ThreatWerk',
  ...shellMessages,
  ...inventoryMessages,
  ...findingsMessages,
  ...intelMessages,
  ...feedMessages,
  ...reportMessages,
  ...cvssMessages,
  ...mailMessages,
};

export { a } from './account';
export { f } from './factors';
export { reasons } from './reasons';
