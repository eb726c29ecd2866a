// Package access says what the caller of a request may see and change, as values that the request's context carries. It
// knows products by id alone: who the caller is and why they may is the account domain's to say, at the one place where
// requests come in. Queries that return a product's data narrow themselves by See.
package access

import "slices"

// Scope is a set of products: all but some, or some alone. The zero value is every product.
type Scope struct {
	limited bool
	only    []int64
	except  []int64
}

// All is every product.
func All() Scope { return Scope{} }

// None is no product.
func None() Scope { return Only() }

// Only is these products.
func Only(products ...int64) Scope {
	if products == nil {
		products = []int64{}
	}
	return Scope{limited: true, only: products}
}

// Except is every product but these, also those made later.
func Except(products ...int64) Scope { return Scope{except: products} }

// IsAll reports whether no product is left out.
func (s Scope) IsAll() bool { return !s.limited && len(s.except) == 0 }

// IsNone reports whether no product is in the set.
func (s Scope) IsNone() bool { return s.limited && len(s.only) == 0 }

// Has reports whether a product is in the set.
func (s Scope) Has(product int64) bool {
	if s.limited {
		return slices.Contains(s.only, product)
	}
	return !slices.Contains(s.except, product)
}

// And keeps of these products those that are in the set.
func (s Scope) And(products []int64) Scope {
	kept := make([]int64, 0, len(products))
	for _, p := range products {
		if s.Has(p) {
			kept = append(kept, p)
		}
	}
	return Only(kept...)
}

// Where is the set as a condition on a column of product ids, with its argument added to args. The column is the query's
// own text. A query may use it for several columns.
func (s Scope) Where(column string, args map[string]any) string {
	switch {
	case s.limited:
		args["scope_products"] = s.only
		return column + " = any(@scope_products)"
	case len(s.except) > 0:
		args["scope_products"] = s.except
		return column + " <> all(@scope_products)"
	}
	return "true"
}
