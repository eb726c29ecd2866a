package sbom

import (
	"context"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"github.com/threatwerk/threatwerk/internal/platform/access"
)

// Named are the things of the inventory that a text leads to, the nearest first.
type Named struct {
	Products   []NamedProduct
	Releases   []ReleaseRef
	Components []NamedComponent
}

// NamedProduct is a product with the number of its releases.
type NamedProduct struct {
	ID       int64
	Name     string
	Releases int
}

// NamedComponent is a package of the portfolio, in as many versions.
type NamedComponent struct {
	Ecosystem, Name string
	Versions        int
}

// shortestPart is the length from which on an index of trigrams leads to a part of a name.
const shortestPart = 3

// Find looks for products, releases ("gateway 2.1") and packages in active releases by a part of their names, some of each.
func (s *Store) Find(ctx context.Context, text string, limit int) (Named, error) {
	text = strings.ToLower(storable(strings.TrimSpace(text)))
	part := likeEscape(text)
	args := pgx.NamedArgs{"text": text, "part": "%" + part + "%", "begins": part + "%", "ends": []string{"%:" + part, "%/" + part}, "limit": limit}
	var out Named
	rows, err := s.db.Query(ctx, `
		select p.id, p.name, (select count(*) from releases r where r.product_id = p.id)
		from products p
		where p.name_key like @part and `+access.See(ctx).Where("p.id", args)+`
		order by p.name_key <> @text, p.name_key not like @begins, p.name_key
		limit @limit`, args)
	if err != nil {
		return Named{}, fmt.Errorf("find products: %w", err)
	}
	if out.Products, err = pgx.CollectRows(rows, pgx.RowToStructByPos[NamedProduct]); err != nil {
		return Named{}, fmt.Errorf("find products: %w", err)
	}
	if out.Releases, err = s.findReleases(ctx, text, limit); err != nil {
		return Named{}, fmt.Errorf("find releases: %w", err)
	}
	if utf8.RuneCountInString(text) < shortestPart {
		return out, nil
	}
	seen := access.See(ctx).Where("r.product_id", args)
	// Names come in their order before it is asked, one by one, whether an active release has them: a popular word has thousands.
	rows, err = s.db.Query(ctx, `
		select ecosystem, name, (
			select count(distinct c.version)::int from components c
			where lower(c.name) = lower(n.name) and c.name = n.name and c.ecosystem = n.ecosystem and exists (
				select from occurrences o join releases r on r.current_sbom_id = o.sbom_id and r.active
				where o.component_id = c.id and `+seen+`)
		) from (
			select c.ecosystem, c.name from components c where lower(c.name) like @part
			group by c.ecosystem, c.name
			order by lower(c.name) <> @text and lower(c.name) not like all (@ends), lower(c.name) not like @begins, length(c.name), c.name, c.ecosystem
			offset 0
		) n
		where (select true from components c join occurrences o on o.component_id = c.id join releases r on r.current_sbom_id = o.sbom_id and r.active
		       where lower(c.name) = lower(n.name) and c.name = n.name and c.ecosystem = n.ecosystem and `+seen+`
		       limit 1)
		limit @limit`, args)
	if err != nil {
		return Named{}, fmt.Errorf("find components: %w", err)
	}
	if out.Components, err = pgx.CollectRows(rows, pgx.RowToStructByPos[NamedComponent]); err != nil {
		return Named{}, fmt.Errorf("find components: %w", err)
	}
	return out, nil
}

// findReleases takes the last word for the beginning of a version and those before it for the product; a text without any digit
// names no version.
func (s *Store) findReleases(ctx context.Context, text string, limit int) ([]ReleaseRef, error) {
	if !strings.ContainsFunc(text, unicode.IsDigit) {
		return nil, nil
	}
	product, version := "", text
	if at := strings.LastIndexByte(text, ' '); at >= 0 {
		product, version = strings.TrimSpace(text[:at]), text[at+1:]
	}
	args := pgx.NamedArgs{"part": "%" + likeEscape(product) + "%", "version": version, "begins": likeEscape(version) + "%", "limit": limit}
	rows, err := s.db.Query(ctx, `
		select r.id, r.product_id, p.name, r.version
		from releases r join products p on p.id = r.product_id
		where lower(r.version) like @begins and p.name_key like @part and `+access.See(ctx).Where("r.product_id", args)+`
		order by lower(r.version) <> @version, not r.active, r.id desc
		limit @limit`, args)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[ReleaseRef])
}
