import { m } from '../../../lib/messages';

export const criticalities = (['low', 'medium', 'high', 'very_high'] as const).map((value) => ({
  value,
  label: m.products.criticality[value],
}));

export const exposures = (['small', 'controlled', 'open'] as const).map((value) => ({
  value,
  label: `${m.products.exposure[value]}: ${m.products.exposureHelp[value]}`,
}));
