import type { Random } from './random.ts'

export type Language = 'fr' | 'en'
export type Text = Record<Language, string>

/** A product of the demo shop; `priceCents` in EUR. */
export type Article = {
  id: string
  slug: string
  name: Text
  category: keyof typeof CATEGORIES
  brand: string
  priceCents: number
}

/** The shelves of the demo shop, with the last part of their address. */
export const CATEGORIES = {
  shoes: { fr: 'Chaussures', en: 'Shoes', slug: 'chaussures' },
  coats: { fr: 'Vestes et manteaux', en: 'Jackets & coats', slug: 'manteaux' },
  knitwear: { fr: 'Mailles', en: 'Knitwear', slug: 'mailles' },
  bags: { fr: 'Sacs', en: 'Bags', slug: 'sacs' },
  table: { fr: 'Arts de la table', en: 'Tableware', slug: 'table' },
  bedding: { fr: 'Linge de lit', en: 'Bedding', slug: 'linge' },
} as const

type Line = [slug: string, fr: string, en: string, brand: string, priceCents: number]

const SHELVES: Record<keyof typeof CATEGORIES, Line[]> = {
  shoes: [
    ['derbies-elodie', 'Derbies Élodie en cuir', 'Élodie leather derbies', 'Céleste', 139_00],
    ['baskets-foret', 'Baskets Forêt', 'Forest trainers', 'Sylvestre', 94_50],
    ['sandales-ete', 'Sandales d’été tressées', 'Braided summer sandals', 'Céleste', 69_00],
    ['bottines-orage', 'Bottines Orage imperméables', 'Storm waterproof boots', 'Nordique', 165_00],
  ],
  coats: [
    ['trench-deauville', 'Trench Deauville', 'Deauville trench coat', 'Céleste', 229_00],
    ['doudoune-legere', 'Doudoune légère', 'Light down jacket', 'Nordique', 119_90],
    ['cire-marin', 'Ciré marin', 'Sailor’s oilskin', 'Nordique', 98_00],
    ['manteau-laine', 'Manteau en laine bouillie', 'Boiled-wool coat', 'Atelier Brun', 259_00],
  ],
  knitwear: [
    ['mariniere', 'Marinière à rayures', 'Striped Breton top', 'Céleste', 49_00],
    ['pull-cachemire', 'Pull en cachemire', 'Cashmere jumper', 'Atelier Brun', 159_00],
    ['gilet-cotele', 'Gilet côtelé', 'Ribbed cardigan', 'Sylvestre', 79_00],
    ['bonnet-merinos', 'Bonnet en mérinos', 'Merino beanie', 'Nordique', 29_90],
  ],
  bags: [
    ['cabas-toile', 'Cabas en toile enduite', 'Coated canvas tote', 'Céleste', 59_00],
    ['sac-a-dos', 'Sac à dos « 24 heures »', 'Twenty-four-hour backpack', 'Nordique', 110_00],
    ['pochette-soiree', 'Pochette de soirée', 'Evening clutch', 'Céleste', 45_00],
    ['valise-cabine', 'Valise cabine', 'Cabin suitcase', 'Atelier Brun', 189_00],
  ],
  table: [
    ['theiere-fonte', 'Théière en fonte', 'Cast-iron teapot', 'Maison Rive', 64_00],
    ['assiettes-gres', 'Six assiettes en grès', 'Six stoneware plates', 'Maison Rive', 72_00],
    ['carafe-soufflee', 'Carafe en verre soufflé', 'Blown-glass carafe', 'Maison Rive', 38_00],
    ['couteaux-thiers', 'Couteaux de Thiers', 'Thiers steak knives', 'Lame & Fils', 125_00],
  ],
  bedding: [
    [
      'housse-lin',
      'Housse de couette en lin lavé',
      'Washed-linen duvet cover',
      'Maison Rive',
      149_00,
    ],
    ['plaid-mohair', 'Plaid en mohair', 'Mohair throw', 'Atelier Brun', 99_00],
    ['oreiller-sarrasin', 'Oreiller de sarrasin', 'Buckwheat pillow', 'Sylvestre', 42_00],
    ['drap-percale', 'Drap-housse en percale', 'Percale fitted sheet', 'Maison Rive', 39_00],
  ],
}

export const ARTICLES: readonly Article[] = Object.entries(SHELVES).flatMap(([category, lines]) =>
  lines.map(([slug, fr, en, brand, priceCents], index) => ({
    id: `${category.slice(0, 2).toUpperCase()}-${100 + index}`,
    slug,
    name: { fr, en },
    category: category as keyof typeof CATEGORIES,
    brand,
    priceCents,
  })),
)

/** The article looked for, and others of its shelf. */
export function pickArticles(random: Random, count: number): Article[] {
  const first = random.pick(ARTICLES)
  const shelf = ARTICLES.filter(
    ({ category, id }) => category === first.category && id !== first.id,
  )
  return [first, ...shelf.slice(0, Math.max(0, count - 1))]
}
