const impact = { H: 'high', L: 'low', N: 'none' };
const wide = { ...impact, S: 'safety' };
const part = { C: 'complete', P: 'partial', N: 'none' };
const exploit = {
  A: 'attacked already',
  P: 'proof of concept',
  U: 'unreported',
  H: 'works everywhere',
  F: 'works',
};

/** The metrics of CVSS vectors by their short names: what each is called, and its values. */
export const cvssMessages = {
  cvss: {
    names: {
      AV: 'Reached from',
      AC: 'Complexity',
      AT: 'Special conditions',
      Au: 'Authentication',
      PR: 'Privileges needed',
      UI: 'Somebody must act',
      S: 'Reaches beyond the component',
      C: 'Confidentiality',
      I: 'Integrity',
      A: 'Availability',
      VC: 'Confidentiality here',
      VI: 'Integrity here',
      VA: 'Availability here',
      SC: 'Confidentiality beyond',
      SI: 'Integrity beyond',
      SA: 'Availability beyond',
      E: 'Exploit',
    },
    v2: {
      AV: { N: 'the network', A: 'the adjacent network', L: 'the machine itself' },
      AC: { L: 'low', M: 'medium', H: 'high' },
      Au: { N: 'none', S: 'once', M: 'several times' },
      C: part,
      I: part,
      A: part,
    },
    v3: {
      AV: { N: 'the network', A: 'the adjacent network', L: 'the machine itself', P: 'physical access' },
      AC: { L: 'low', H: 'high' },
      PR: { N: 'none', L: 'low', H: 'high' },
      UI: { N: 'no', R: 'yes', P: 'passively', A: 'actively' },
      S: { U: 'no', C: 'yes' },
      C: impact,
      I: impact,
      A: impact,
      E: { ...exploit, U: 'unproven' },
    },
    v4: {
      AT: { N: 'none', P: 'present' },
      VC: impact,
      VI: impact,
      VA: impact,
      SC: impact,
      SI: wide,
      SA: wide,
      E: exploit,
    },
  },
};
