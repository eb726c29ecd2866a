package sbom

import (
	"regexp"
	"strings"
)

// relKind says what a relationship means for the graph.
type relKind uint8

const (
	relNone          relKind = iota
	relOn                    // from depends on or contains to
	relOf                    // the other way round
	relOfOptional            // as relOf; from is an optional or provided part
	relOfDev                 // as relOf; from is for tests, builds or development
	relOnOptional            // as relOn; to is an optional or provided part
	relDescribes             // to is the subject of the document
	relDescribedBy           // from is
	relGeneratedFrom         // to is the source package of from
	relGenerates             // the other way round
)

// relKinds are the relationship types that connect packages: section 11 of SPDX 2.3, and RelationshipType of SPDX 3
// where it has another word. Keys are folded by foldRelation. DESCRIBE is Trivy's.
var relKinds = map[string]relKind{
	"DESCRIBES": relDescribes, "DESCRIBE": relDescribes, "DESCRIBEDBY": relDescribedBy,
	"DEPENDSON": relOn, "CONTAINS": relOn, "STATICLINK": relOn, "DYNAMICLINK": relOn, "HASPREREQUISITE": relOn,
	"HASDYNAMICLINK": relOn, "HASSTATICLINK": relOn, "EXPANDSTO": relOn,
	"DEPENDENCYOF": relOf, "RUNTIMEDEPENDENCYOF": relOf, "CONTAINEDBY": relOf, "PREREQUISITEFOR": relOf, "PREREQUISITEOF": relOf,
	"PACKAGEOF": relOf, "PACKAGEDBY": relOf, "EXPANDEDFROMARCHIVE": relOf,
	"OPTIONALDEPENDENCYOF": relOfOptional, "PROVIDEDDEPENDENCYOF": relOfOptional, "OPTIONALCOMPONENTOF": relOfOptional,
	"HASOPTIONALDEPENDENCY": relOnOptional, "HASPROVIDEDDEPENDENCY": relOnOptional, "HASOPTIONALCOMPONENT": relOnOptional,
	"DEVDEPENDENCYOF": relOfDev, "TESTDEPENDENCYOF": relOfDev, "BUILDDEPENDENCYOF": relOfDev,
	"DEVTOOLOF": relOfDev, "TESTTOOLOF": relOfDev, "BUILDTOOLOF": relOfDev, "TESTOF": relOfDev,
	"GENERATEDFROM": relGeneratedFrom, "GENERATES": relGenerates,
}

// otherRelations are the types of SPDX 2 that say nothing of dependency.
var otherRelations = func() map[string]bool {
	m := make(map[string]bool)
	for _, t := range strings.Fields(`ANCESTOR_OF DESCENDANT_OF VARIANT_OF COPY_OF FILE_ADDED FILE_DELETED FILE_MODIFIED
		PATCH_APPLIED PATCH_FOR DISTRIBUTION_ARTIFACT DATA_FILE_OF TEST_CASE_OF DOCUMENTATION_OF METAFILE_OF EXAMPLE_OF
		AMENDS OTHER DEPENDENCY_MANIFEST_OF REQUIREMENT_DESCRIPTION_FOR SPECIFICATION_FOR`) {
		m[foldRelation(t)] = true
	}
	return m
}()

// foldRelation makes one word of the spellings: DEPENDS_ON in JSON, relationshipType_dependsOn in RDF, dependsOn in
// SPDX 3.
func foldRelation(typ string) string {
	typ = strings.TrimPrefix(lastSegment(typ), "relationshipType_")
	return strings.ToUpper(strings.ReplaceAll(typ, "_", ""))
}

// lastSegment is what an IRI ends in.
func lastSegment(s string) string { return s[strings.LastIndexAny(s, "/#")+1:] }

// none says whether a relationship's end is one of the two words that name no element (section 11.1).
func none(id string) bool { return id == "" || id == "NOASSERTION" || id == "NONE" }

// value is a field in which the two words mean "not said".
func value(s string) string {
	if none(s) {
		return ""
	}
	return s
}

const refPrefix = "SPDXRef-"

// spdxID brings an element id to one form: some tools leave the prefix out in one place and write it in another.
func spdxID(s string) string { return strings.TrimPrefix(strings.TrimPrefix(s, "#"), refPrefix) }

var shaDigits = regexp.MustCompile(`^SHA[-_]?(1|224|256|384|512)$`)

// hashName writes an algorithm as CycloneDX does: SHA256 is SHA-256.
func hashName(alg string) string {
	alg = strings.ToUpper(strings.TrimPrefix(lastSegment(alg), "checksumAlgorithm_"))
	if m := shaDigits.FindStringSubmatch(alg); m != nil {
		return "SHA-" + m[1]
	}
	return alg
}

// relate records a relationship (section 11). Those to files, snippets and licences resolve and give no edge.
func (d *spdxDoc) relate(from, typ, to string, place int) error {
	folded := foldRelation(typ)
	kind := relKinds[folded]
	if kind == relNone {
		if d.strictRelations && folded != "" && !otherRelations[folded] {
			d.b.warn(d.place(place), "unknown_relationship", "the relationship type %q is none of SPDX 2", shorten(typ))
		}
		return nil
	}
	if none(from) || none(to) {
		return nil
	}
	if fromElsewhere := strings.HasPrefix(from, "DocumentRef-"); fromElsewhere || strings.HasPrefix(to, "DocumentRef-") {
		if fromElsewhere {
			from, to = to, from
		}
		d.external.add(d.b, spdxID(from), to, d.place(place))
		return d.b.err
	}
	if len(d.rels) >= edgesPerPackage*d.b.lim.MaxComponents {
		d.b.overflow("edges", edgesPerPackage*d.b.lim.MaxComponents)
	}
	r := spdxRel{from: d.b.ref(spdxID(from)), to: d.b.ref(spdxID(to)), kind: kind, place: int32(place)}
	if d.b.err != nil {
		return d.b.err
	}
	switch kind {
	case relDescribes:
		d.describe(r.to, place)
		return nil
	case relDescribedBy:
		d.describe(r.from, place)
		return nil
	case relGenerates:
		r.from, r.to, r.kind = r.to, r.from, relGeneratedFrom
	case relOnOptional:
		r.from, r.to, r.kind = r.to, r.from, relOfOptional
	}
	d.b.use(r.from, place)
	d.b.use(r.to, place)
	d.rels = append(d.rels, r)
	return nil
}

func (d *spdxDoc) describe(id refID, place int) {
	if d.isDescribed == nil {
		d.isDescribed = make(map[refID]bool)
	}
	if d.b.err != nil || d.isDescribed[id] {
		return
	}
	d.isDescribed[id] = true
	d.b.use(id, place)
	d.described = append(d.described, id)
}

// connect turns the relationships into edges. A package that only optional, or only development relationships lead to
// gets the scope that CycloneDX has for it.
func (d *spdxDoc) connect() {
	b := d.b
	scopes := make(map[refID]string)
	for _, r := range d.rels {
		switch r.kind {
		case relOn:
			scopes[r.to] = "required"
			b.edges = append(b.edges, refEdge{from: r.from, to: r.to, place: r.place})
			continue
		case relOf:
			scopes[r.from] = "required"
		case relOfOptional:
			if scopes[r.from] != "required" {
				scopes[r.from] = "optional"
			}
		case relOfDev:
			if scopes[r.from] == "" {
				scopes[r.from] = "excluded"
			}
		default:
			continue
		}
		b.edges = append(b.edges, refEdge{from: r.to, to: r.from, place: r.place})
	}
	for id, scope := range scopes {
		if n := b.refs[id].target; n >= 0 && scope != "required" {
			b.doc.Components[n].Scope = scope
		}
	}
	d.rels = nil
}
