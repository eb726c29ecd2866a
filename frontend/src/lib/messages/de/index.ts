import type { Translation } from '../../messages';
import type * as english from '../en';
import { adminMessages } from './admin';
import { cvssMessages } from './cvss';
import { decisionMessages } from './decisions';
import { feedMessages } from './feeds';
import { findingsMessages } from './findings';
import { homeMessages } from './home';
import { intelMessages } from './intel';
import { inventoryMessages } from './inventory';
import { liveMessages } from './live';
import { reportMessages } from './reports';
import { searchMessages } from './search';
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
  ...searchMessages,
  ...decisionMessages,
  ...liveMessages,
  ...homeMessages,
  ...adminMessages,
  ...cvssMessages,
};

export { a } from './account';
export { f } from './factors';
export { reasons } from './reasons';
