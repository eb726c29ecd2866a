import { cvssMessages } from './cvss';
import { feedMessages } from './feeds';
import { findingsMessages } from './findings';
import { intelMessages } from './intel';
import { inventoryMessages } from './inventory';
import { reportMessages } from './reports';
import { shellMessages } from './shell';

/**
 * Every sentence of the page, by the place it stands in. German is a second object of this shape (de/); what holds a
 * number or a name is a function, for word order and plurals differ between languages. Pages take the words of their
 * language from ../messages.
 */
export const m = {
  name: 'ThreatWerk',
  ...shellMessages,
  ...inventoryMessages,
  ...findingsMessages,
  ...intelMessages,
  ...feedMessages,
  ...reportMessages,
  ...cvssMessages,
} as const;

export { a } from './account';
export { f } from './factors';
export { reasons } from './reasons';
