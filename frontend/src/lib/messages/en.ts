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

/**
 * Every sentence of the page, by the place it stands in. German is a second object of this shape (de/); what holds a
 * number or a name is a function, for word order and plurals differ between languages. Pages take the words of their
 * language from ../messages.
 */
export const m = {
  name: 'ThreatWerk',
  ...shellMessages,
  ...searchMessages,
  ...inventoryMessages,
  ...findingsMessages,
  ...decisionMessages,
  ...intelMessages,
  ...feedMessages,
  ...reportMessages,
  ...liveMessages,
  ...homeMessages,
  ...adminMessages,
  ...cvssMessages,
} as const;

export { a } from './account';
export { f } from './factors';
export { reasons } from './reasons';
