import type { SiteInput } from './site.ts'
import { CATEGORIES, type Article, type Language } from './catalogue.ts'
import type { Page } from '../domain/touchpoint.ts'
import type { PageKind } from '../domain/vocabulary.ts'

export const SHOP_ORIGIN = 'https://www.atelier-celeste.example'

/** The shop's page of a kind, about an article where the kind has one. */
export function pageOf(
  kind: PageKind,
  { article, language }: { article: Article; language: Language },
): Page {
  const { path, title } = PAGES[kind]
  const shown = path
    .replace(':shelf', CATEGORIES[article.category].slug)
    .replace(':article', article.slug)
  const localPath = language === 'fr' ? shown : `/en${shown === '/' ? '' : shown}`
  const name = kind === 'category' ? CATEGORIES[article.category][language] : article.name[language]
  return {
    url: SHOP_ORIGIN + localPath,
    path: localPath,
    title: `${title[language].replace('*', name)} – Atelier Céleste`,
  }
}

/** How the site file of the demo tells kinds from paths, for the senders that do not say. */
export const PAGE_PATTERNS: NonNullable<SiteInput['pages']> = [
  { pattern: '^(/en)?/?$', kind: 'home' },
  { pattern: '^(/en)?/l/', kind: 'landing' },
  { pattern: '^(/en)?/c/', kind: 'category' },
  { pattern: '^(/en)?/recherche', kind: 'search' },
  { pattern: '^(/en)?/p/[^/]+/avis$', kind: 'review' },
  { pattern: '^(/en)?/p/', kind: 'product' },
  { pattern: '^(/en)?/comparer', kind: 'comparison' },
  { pattern: '^(/en)?/tailles', kind: 'size_guide' },
  { pattern: '^(/en)?/journal/', kind: 'article' },
  { pattern: '^(/en)?/panier$', kind: 'cart' },
  { pattern: '^(/en)?/commande', kind: 'checkout' },
  { pattern: '^(/en)?/merci$', kind: 'confirmation' },
  { pattern: '^(/en)?/compte', kind: 'account' },
  { pattern: '^(/en)?/aide', kind: 'help' },
  { pattern: '^(/en)?/erreur', kind: 'error' },
]

const PAGES: Record<PageKind, { path: string; title: Record<Language, string> }> = {
  home: { path: '/', title: { fr: 'Accueil', en: 'Home' } },
  landing: {
    path: '/l/:shelf',
    title: { fr: 'Nos meilleures offres : *', en: 'Our best offers: *' },
  },
  category: { path: '/c/:shelf', title: { fr: '*', en: '*' } },
  search: { path: '/recherche', title: { fr: 'Recherche « * »', en: 'Search “*”' } },
  product: { path: '/p/:article', title: { fr: '*', en: '*' } },
  comparison: { path: '/comparer/:shelf', title: { fr: 'Comparer : *', en: 'Compare: *' } },
  review: { path: '/p/:article/avis', title: { fr: 'Avis sur *', en: 'Reviews of *' } },
  size_guide: { path: '/tailles/:shelf', title: { fr: 'Guide des tailles', en: 'Size guide' } },
  article: { path: '/journal/:article', title: { fr: 'Le journal : *', en: 'The journal: *' } },
  cart: { path: '/panier', title: { fr: 'Votre panier', en: 'Your cart' } },
  checkout: { path: '/commande/livraison', title: { fr: 'Votre commande', en: 'Checkout' } },
  confirmation: { path: '/merci', title: { fr: 'Merci !', en: 'Thank you!' } },
  account: { path: '/compte', title: { fr: 'Mon compte', en: 'My account' } },
  help: { path: '/aide/retours', title: { fr: 'Retours et échanges', en: 'Returns & exchanges' } },
  error: { path: '/erreur/404', title: { fr: 'Page introuvable', en: 'Page not found' } },
  other: { path: '/mentions-legales', title: { fr: 'Mentions légales', en: 'Legal notice' } },
}
