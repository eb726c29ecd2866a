import { count } from '../../numbers';

export const liveMessages = {
  live: {
    offline:
      'Sie sind offline. Die Angaben sind vielleicht veraltet; sie werden neu geholt, sobald das Netz da ist.',
    added: (n: number) => (n === 1 ? '1 neuer Befund' : `${count(n)} neue Befunde`),
    gone: (n: number) => (n === 1 ? '1 Befund ist erledigt' : `${count(n)} Befunde sind erledigt`),
    show: 'Zeigen',
  },
} as const;
