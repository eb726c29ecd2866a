package sbom

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/threatwerk/threatwerk/internal/ident"
)

// insertComponents stores what the portfolio does not know yet, then the occurrences and the graph. Components are
// inserted in the order of their identities, so that two uploads never wait for one another in a circle.
func insertComponents(ctx context.Context, tx pgx.Tx, sbomID int64, d *Document) error {
	_, err := tx.Exec(ctx, `
		create temporary table new_components (
			identity uuid, purl text, type text, name text, version text, ecosystem text, ecosystem_release text,
			match_name text, match_version text, cpes text[], cpe_keys text[], not_covered text, uncertain text, epoch_missing boolean,
			module text
		) on commit drop`)
	if err != nil {
		return err
	}
	seen := make(map[[16]byte]bool, len(d.Components))
	distinct := make([]int, 0, len(d.Components))
	for i := range d.Components {
		if key := d.Components[i].Identity.Key; !seen[key] {
			seen[key] = true
			distinct = append(distinct, i)
		}
	}
	_, err = tx.CopyFrom(ctx, pgx.Identifier{"new_components"},
		[]string{"identity", "purl", "type", "name", "version", "ecosystem", "ecosystem_release", "match_name", "match_version", "cpes", "cpe_keys", "not_covered", "uncertain", "epoch_missing", "module"},
		pgx.CopyFromSlice(len(distinct), func(i int) ([]any, error) { return componentRow(&d.Components[distinct[i]]), nil }))
	if err != nil {
		return fmt.Errorf("copy components: %w", err)
	}
	_, err = tx.Exec(ctx, `
		insert into components (identity, purl, type, name, version, ecosystem, ecosystem_release, match_name, match_version,
		                        cpes, cpe_keys, not_covered, uncertain, epoch_missing, module)
		select identity, purl, type, name, version, ecosystem, ecosystem_release, match_name, match_version,
		       cpes, cpe_keys, not_covered, uncertain, epoch_missing, module
		from new_components n
		where not exists (select from components c where c.identity = n.identity)
		order by identity
		on conflict (identity) do nothing`)
	if err != nil {
		return fmt.Errorf("insert components: %w", err)
	}
	ids, err := componentIDs(ctx, tx, len(distinct))
	if err != nil {
		return fmt.Errorf("read component ids: %w", err)
	}
	if err := insertOccurrences(ctx, tx, sbomID, d, ids); err != nil {
		return err
	}
	return insertTraces(ctx, tx, d, ids)
}

func componentRow(c *Component) []any {
	var purl *string
	if c.Identity.PURL != "" {
		p := storable(c.Identity.PURL)
		purl = &p
	}
	kind := c.Type
	if kind == "" {
		kind = "library"
	}
	cpes := make([]string, len(c.CPEs))
	for i, cpe := range c.CPEs {
		cpes[i] = storable(cpe)
	}
	id := c.Identity
	return []any{
		pgtype.UUID{Bytes: id.Key, Valid: true}, purl, storable(kind), storable(id.DisplayName), storable(id.DisplayVersion), id.Package.Ecosystem,
		storable(id.Package.Release), storable(id.Package.Name), storable(id.Version), cpes, cpeKeys(c), id.NotCovered, id.Uncertain, id.EpochMissing,
		storable(id.Module),
	}
}

// cpeKeys are the products that NVD records find the component by.
func cpeKeys(c *Component) []string {
	keys := []string{}
	for _, s := range c.CPEs {
		cpe, err := ident.ParseCPE(s)
		if err != nil || cpe.Key() == "" {
			continue
		}
		vendor, product := cpe.VendorProduct()
		if key := storable(vendor + ":" + product); !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	return keys
}

func componentIDs(ctx context.Context, tx pgx.Tx, n int) (map[[16]byte]int64, error) {
	rows, err := tx.Query(ctx, `select c.identity, c.id from new_components n join components c using (identity)`)
	if err != nil {
		return nil, err
	}
	ids := make(map[[16]byte]int64, n)
	var key pgtype.UUID
	var id int64
	_, err = pgx.ForEachRow(rows, []any{&key, &id}, func() error {
		ids[key.Bytes] = id
		return nil
	})
	return ids, err
}

func insertOccurrences(ctx context.Context, tx pgx.Tx, sbomID int64, d *Document, ids map[[16]byte]int64) error {
	_, err := tx.CopyFrom(ctx, pgx.Identifier{"occurrences"},
		[]string{"sbom_id", "ordinal", "component_id", "ref", "parent_ordinal", "scope", "depth", "licenses"},
		pgx.CopyFromSlice(len(d.Components), func(i int) ([]any, error) {
			c := &d.Components[i]
			var parent, depth *int32
			if c.Parent != Root {
				p := int32(c.Parent)
				parent = &p
			}
			if c.Depth > 0 {
				n := int32(c.Depth)
				depth = &n
			}
			licenses := make([]string, len(c.Licenses))
			for j, l := range c.Licenses {
				licenses[j] = storable(l)
			}
			return []any{sbomID, int32(i), ids[c.Identity.Key], storable(c.Ref), parent, storable(c.Scope), depth, licenses}, nil
		}))
	if err != nil {
		return fmt.Errorf("copy occurrences: %w", err)
	}
	seen := make(map[Edge]bool, len(d.Edges))
	edges := make([]Edge, 0, len(d.Edges))
	for _, e := range d.Edges {
		if !seen[e] {
			seen[e] = true
			edges = append(edges, e)
		}
	}
	_, err = tx.CopyFrom(ctx, pgx.Identifier{"dependencies"}, []string{"sbom_id", "from_ordinal", "to_ordinal"},
		pgx.CopyFromSlice(len(edges), func(i int) ([]any, error) {
			return []any{sbomID, int32(edges[i].From), int32(edges[i].To)}, nil
		}))
	if err != nil {
		return fmt.Errorf("copy dependencies: %w", err)
	}
	return nil
}
