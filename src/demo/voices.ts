import type { Language } from './catalogue.ts'
import type { Random } from './random.ts'

export type Mood = 'delighted' | 'content' | 'angry'

/** What a customer writes, in the words of the mood and the language. */
export function commentOf(random: Random, { mood, language }: { mood: Mood; language: Language }) {
  return random.pick(COMMENTS[mood][language])
}

/** A score on a scale, where the mood puts it. */
export function scoreOf(
  random: Random,
  { mood, scale }: { mood: Mood; scale: keyof typeof SCORES },
) {
  const [min, max] = SCORES[scale][mood]
  return random.int(min, max)
}

const SCORES = {
  rating: { delighted: [4, 5], content: [3, 3], angry: [1, 2] },
  nps: { delighted: [9, 10], content: [7, 8], angry: [0, 5] },
  csat: { delighted: [4, 5], content: [3, 3], angry: [1, 2] },
  ces: { delighted: [6, 7], content: [4, 5], angry: [1, 3] },
} as const satisfies Record<string, Record<Mood, readonly [number, number]>>

const COMMENTS: Record<Mood, Record<Language, readonly string[]>> = {
  delighted: {
    fr: [
      'Très belle qualité, et livré en deux jours !',
      'Exactement ce que je cherchais. L’emballage est soigné, merci.',
      'Ma mère l’a adoré, je reviendrai pour Noël.',
      'Coupe parfaite : le guide des tailles dit vrai.',
    ],
    en: [
      'Lovely quality, and it arrived in two days!',
      'Exactly what I was looking for. Beautifully packed, thank you.',
      'My mother adored it; I’ll be back for Christmas.',
      'Perfect fit: the size guide tells the truth.',
    ],
  },
  content: {
    fr: [
      'Bien, sans plus. La couleur est un peu plus foncée que sur la photo.',
      'Correct pour le prix, livraison dans les délais.',
      'Joli, mais la notice n’est qu’en anglais.',
    ],
    en: [
      'Fine, nothing more. A little darker than in the picture.',
      'Decent for the price, delivered on time.',
      'Pretty, though the instructions are in French only.',
    ],
  },
  angry: {
    fr: [
      'Colis annoncé trois fois, reçu onze jours plus tard. Plus jamais.',
      'Arrivé cassé, et personne ne répond au téléphone.',
      'Taille du 40 annoncée, reçu du 38… le retour est à ma charge ?!',
      'Déçue : la couture a lâché au premier lavage.',
    ],
    en: [
      'Promised three times, here eleven days later. Never again.',
      'Arrived broken, and nobody picks up the phone.',
      'Ordered a 40, got a 38… and I pay for the return?!',
      'Disappointed: the seam gave way in the first wash.',
    ],
  },
}
