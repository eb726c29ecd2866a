const impact = { H: 'hoch', L: 'niedrig', N: 'keine' };
const wide = { ...impact, S: 'Betriebssicherheit' };
const part = { C: 'vollständig', P: 'teilweise', N: 'keine' };
const exploit = {
  A: 'bereits angegriffen',
  P: 'Machbarkeitsnachweis',
  U: 'nicht gemeldet',
  H: 'funktioniert überall',
  F: 'funktioniert',
};

export const cvssMessages = {
  cvss: {
    names: {
      AV: 'Erreichbar über',
      AC: 'Komplexität',
      AT: 'Besondere Bedingungen',
      Au: 'Authentisierung',
      PR: 'Nötige Rechte',
      UI: 'Jemand muss handeln',
      S: 'Reicht über die Komponente hinaus',
      C: 'Vertraulichkeit',
      I: 'Integrität',
      A: 'Verfügbarkeit',
      VC: 'Vertraulichkeit hier',
      VI: 'Integrität hier',
      VA: 'Verfügbarkeit hier',
      SC: 'Vertraulichkeit darüber hinaus',
      SI: 'Integrität darüber hinaus',
      SA: 'Verfügbarkeit darüber hinaus',
      E: 'Exploit',
    },
    v2: {
      AV: { N: 'das Netz', A: 'das Nachbarnetz', L: 'den Rechner selbst' },
      AC: { L: 'niedrig', M: 'mittel', H: 'hoch' },
      Au: { N: 'keine', S: 'einmal', M: 'mehrmals' },
      C: part,
      I: part,
      A: part,
    },
    v3: {
      AV: { N: 'das Netz', A: 'das Nachbarnetz', L: 'den Rechner selbst', P: 'physischen Zugang' },
      AC: { L: 'niedrig', H: 'hoch' },
      PR: { N: 'keine', L: 'geringe', H: 'hohe' },
      UI: { N: 'nein', R: 'ja', P: 'passiv', A: 'aktiv' },
      S: { U: 'nein', C: 'ja' },
      C: impact,
      I: impact,
      A: impact,
      E: { ...exploit, U: 'nicht belegt' },
    },
    v4: {
      AT: { N: 'keine', P: 'vorhanden' },
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
