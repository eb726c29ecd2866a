import { adminMessages } from './admin';
import { feedMessages } from './feeds';
import { findingsMessages } from './findings';
import { intelMessages } from './intel';
import { inventoryMessages } from './inventory';
import { reportMessages } from './reports';
import { shellMessages } from './shell';

/**
 * Every sentence of the page, by the place it stands in. A second language is a second object of this shape; what holds
 * a number or a name is a function, for word order and plurals differ between languages.
 */
export const m = {
  name: 'ThreatWerk',
  ...shellMessages,
  ...inventoryMessages,
  ...findingsMessages,
  ...intelMessages,
  ...feedMessages,
  ...reportMessages,
  ...adminMessages,
} as const;

export { reasons } from './reasons';
