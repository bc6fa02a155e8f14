"""The brand that the world is about: names, shop, pages and account numbers. All of it is invented."""

from __future__ import annotations

from dataclasses import dataclass

NAME = "Flor do Cerrado"
HOST = "www.flordocerrado.example"
SITE = f"https://{HOST}"
VIDEO = "https://www.youtube.com/watch?v=cerrado2026"

GOOGLE_MANAGER = "7310045520"
GOOGLE_SUB_MANAGER = "7310045510"
GOOGLE_REFUSED = "7310045527"
META_BUSINESS = "210045000000001"
KLAVIYO_ACCOUNT = "FdC7x9"
MAILCHIMP_ACCOUNT = "5f1c0de7a9b24c3e8d6f7a012"
MAILCHIMP_LIST = "9d3f0c71ab"
GA4_PROJECT = "sandbox-project"
GA4_PROPERTY = "314159265"
GA4_STREAM = "4471200981"
ATELIER_PROPERTY = "271828182"
ATELIER_STREAM = "4471200982"
MATOMO_SITE = "7"
OUTLET = "https://outlet.flordocerrado.example"
ATELIER_HOST = "www.atelieveredas.example"
SUBSCRIBERS_LIST = "LsTa01"


@dataclass(frozen=True)
class Product:
    """One article; ``cents`` is its price in BRL cents."""

    item_id: str
    name: str
    category: str
    slug: str
    cents: int

    @property
    def page(self) -> str:
        return f"{SITE}/produto/{self.slug}"


PRODUCTS = (
    Product("FC-001", "Óleo Corporal de Pequi", "Corpo", "oleo-corporal-pequi", 8990),
    Product("FC-002", "Sabonete de Baru", "Banho", "sabonete-baru", 2490),
    Product("FC-003", "Hidratante de Buriti", "Corpo", "hidratante-buriti", 7450),
    Product("FC-004", "Xampu de Mangaba", "Cabelo", "xampu-mangaba", 5290),
    Product("FC-005", "Condicionador de Mangaba", "Cabelo", "condicionador-mangaba", 5590),
    Product("FC-006", "Vela Ipê-Amarelo", "Casa", "vela-ipe-amarelo", 11900),
    Product("FC-007", "Difusor Chapada", "Casa", "difusor-chapada", 14950),
    Product("FC-008", "Perfume Sempre-Viva", "Perfumaria", "perfume-sempre-viva", 23900),
    Product("FC-009", "Creme para Mãos de Cagaita", "Corpo", "creme-maos-cagaita", 3990),
    Product("FC-010", "Kit Presente Veredas", "Presentes", "kit-presente-veredas", 29900),
    Product("FC-011", "Protetor Labial de Babaçu", "Rosto", "protetor-labial-babacu", 1990),
    Product("FC-012", "Sérum Facial de Jatobá", "Rosto", "serum-facial-jatoba", 16750),
)

HOME = f"{SITE}/"
CATEGORIES = tuple(f"{SITE}/categoria/{name}" for name in ("corpo", "banho", "cabelo", "casa", "rosto", "presentes"))
CART = f"{SITE}/carrinho"
CHECKOUT = f"{SITE}/finalizar-compra"
THANKS = f"{SITE}/pedido-confirmado"
ACCOUNT = f"{SITE}/minha-conta"
LOYALTY = f"{SITE}/clube-cerrado"
SUPPORT = f"{SITE}/atendimento"
RETURNS = f"{SITE}/trocas-e-devolucoes"
BLOG = f"{SITE}/blog/cuidados-com-a-pele-na-seca"

TITLES = {
    HOME: f"{NAME} | Cosméticos do Cerrado",
    CART: f"Carrinho | {NAME}",
    CHECKOUT: f"Finalizar compra | {NAME}",
    THANKS: f"Pedido confirmado | {NAME}",
    ACCOUNT: f"Minha conta | {NAME}",
    LOYALTY: f"Clube Cerrado | {NAME}",
    SUPPORT: f"Atendimento | {NAME}",
    RETURNS: f"Trocas e devoluções | {NAME}",
    BLOG: f"Cuidados com a pele na seca | {NAME}",
}
TITLES.update({product.page: f"{product.name} | {NAME}" for product in PRODUCTS})
TITLES.update({page: f"{page.rsplit('/', 1)[1].capitalize()} | {NAME}" for page in CATEGORIES})

_FIRST_NAMES = """
    Ana Antônio Beatriz Bruno Camila Carlos Cecília Daniel Débora Eduardo Elaine Fábio Fernanda Francisco Gabriela Gustavo
    Helena Henrique Isabela João Joana José Juliana Larissa Leonardo Letícia Lucas Luíza Marcelo Márcia Maria Mateus
    Natália Otávio Patrícia Paulo Rafael Renata Rodrigo Sílvia Tatiana Thiago Valéria Vinícius Vitória
"""
_LAST_NAMES = """
    Almeida Araújo Barbosa Cardoso Carvalho Castro Correia Costa Dias Duarte Farias Fernandes Ferreira Freitas Gomes
    Gonçalves Lima Lopes Machado Martins Mendes Monteiro Moreira Nascimento Nogueira Oliveira Pereira Pinto Ramos Ribeiro
    Rocha Rodrigues Santana Santos Silva Soares Souza Teixeira Vieira
"""
FIRST_NAMES, LAST_NAMES = _FIRST_NAMES.split(), _LAST_NAMES.split()
CITIES = (
    (("São Paulo", "State of Sao Paulo"), 30.0),
    (("Campinas", "State of Sao Paulo"), 8.0),
    (("Rio de Janeiro", "State of Rio de Janeiro"), 18.0),
    (("Belo Horizonte", "State of Minas Gerais"), 12.0),
    (("Brasília", "Federal District"), 12.0),
    (("Goiânia", "State of Goias"), 8.0),
    (("Curitiba", "State of Parana"), 6.0),
    (("Salvador", "State of Bahia"), 6.0),
)
