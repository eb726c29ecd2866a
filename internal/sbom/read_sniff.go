package sbom

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// sniffBytes is how much of a text is looked at to tell its format.
const sniffBytes = 4 << 10

// notAnSBOM refuses a document for what it is.
func notAnSBOM(what string) error {
	return problem.New(problem.Unsupported, "This is not an SBOM: it looks like %s.", what).With(problem.Fault{
		Path: "/", Code: "not_an_sbom", Message: "CycloneDX (JSON, XML) and SPDX (JSON, tag-value, YAML, RDF/XML) are read",
	})
}

// magics are the beginnings of files that people upload by mistake.
var magics = []struct{ prefix, what string }{
	{"%PDF", "a PDF file"}, {"\x7fELF", "a Linux program"}, {"MZ", "a Windows program"}, {"BZh", "a bzip2 archive, which is not unpacked here"},
	{"\xfd7zXZ", "an xz archive, which is not unpacked here"}, {"7z\xbc\xaf", "a 7-Zip archive, which is not unpacked here"},
	{"\x89PNG", "a PNG image"}, {"\xff\xd8\xff", "a JPEG image"}, {"GIF8", "a GIF image"}, {"SQLite format 3", "an SQLite database"},
	{"-----BEGIN ", "a PEM file"}, {"diff --git", "a patch"}, {"FROM ", "a Dockerfile"}, {"module ", "a go.mod file"},
	{"\xed\xab\xee\xdb", "an RPM package"}, {"!<arch>", "a Debian package or a static library"},
}

// describe says what a text that is none of the formats looks like.
func describe(head []byte) string {
	for _, m := range magics {
		if bytes.HasPrefix(head, []byte(m.prefix)) {
			return m.what
		}
	}
	if len(head) > 262 && string(head[257:262]) == "ustar" {
		return "a tar archive; upload the document in it"
	}
	if bytes.HasPrefix(head, []byte("# proto-file:")) || bytes.Contains(head, []byte("spec_version:")) {
		return "a CycloneDX document as protobuf text, which is not read; write JSON or XML"
	}
	if n := bytes.IndexByte(head, 0); n >= 0 {
		return "a binary file"
	}
	line, _, _ := bytes.Cut(head, []byte("\n"))
	return fmt.Sprintf("a text that begins with %q", shorten(clean(string(line))))
}

var (
	tagValueLine = regexp.MustCompile(`(?m)^[ \t]*(SPDXVersion|SPDXID|DataLicense|DocumentName|DocumentNamespace|Creator|PackageName|FileName|Relationship)[ \t]*:`)
	yamlLine     = regexp.MustCompile(`(?m)^["']?(spdxVersion|SPDXID|dataLicense|documentNamespace|creationInfo|packages|relationships|documentDescribes|bomFormat|specVersion)["']?[ \t]*:([ \t\r]|$)`)
	yamlOnly     = regexp.MustCompile(`(?m)^["']?(spdxVersion|dataLicense|documentNamespace|creationInfo|packages|relationships|documentDescribes|bomFormat|specVersion)["']?[ \t]*:([ \t\r]|$)`)
)

func looksYAML(head []byte) bool {
	return bytes.HasPrefix(head, []byte("---")) || bytes.HasPrefix(head, []byte("%YAML")) ||
		yamlLine.Match(head) && yamlOnly.Match(head)
}

// lookalikes are JSON documents that carry names of packages and are no SBOM, by members that give them away.
var lookalikes = []struct {
	keys []string
	what string
}{
	{[]string{"lockfileVersion"}, "a package-lock.json"},
	{[]string{"artifacts", "artifactRelationships"}, "syft's own JSON; let it write cyclonedx-json or spdx-json"},
	{[]string{"SchemaVersion", "Results"}, "a Trivy report; let Trivy write --format cyclonedx or spdx-json"},
	{[]string{"SchemaVersion", "ArtifactName"}, "a Trivy report; let Trivy write --format cyclonedx or spdx-json"},
	{[]string{"matches", "descriptor"}, "a Grype report; upload the SBOM that it was made from"},
	{[]string{"runs", "version"}, "a SARIF report"},
	{[]string{"$schema", "runs"}, "a SARIF report"},
	{[]string{"document", "product_tree"}, "a CSAF advisory"},
	{[]string{"document", "vulnerabilities"}, "a CSAF advisory"},
	{[]string{"statements", "@context"}, "an OpenVEX document"},
	{[]string{"affected", "modified"}, "an OSV advisory"},
	{[]string{"dataType", "cveMetadata"}, "a CVE record"},
	{[]string{"packages", "packages-dev", "content-hash"}, "a composer.lock"},
	{[]string{"_meta", "default"}, "a Pipfile.lock"},
	{[]string{"name", "dependencies"}, "a package.json"},
	{[]string{"name", "devDependencies"}, "a package.json"},
	{[]string{"targets", "libraries"}, "a NuGet project.assets.json"},
	{[]string{"mediaType", "layers"}, "an OCI manifest; upload the blob that it points to"},
	{[]string{"schemaVersion", "manifests"}, "an OCI index"},
	{[]string{"openapi", "paths"}, "an OpenAPI document"},
	{[]string{"resultFileId"}, "a scan report"},
}

// describeJSON says what a JSON object without the marks of an SBOM looks like, by its members.
func describeJSON(keys []string) string {
	for _, l := range lookalikes {
		if !slices.ContainsFunc(l.keys, func(k string) bool { return !slices.Contains(keys, k) }) {
			return l.what
		}
	}
	if len(keys) == 0 {
		return "an empty JSON object"
	}
	quoted := make([]string, 0, 5)
	for _, k := range keys[:min(5, len(keys))] {
		quoted = append(quoted, fmt.Sprintf("%q", shorten(k)))
	}
	more := ""
	if len(keys) > 5 {
		more = ", ..."
	}
	return "a JSON object of another kind, with the members " + strings.Join(quoted, ", ") + more +
		"; an SBOM has \"bomFormat\", \"spdxVersion\" or \"@context\""
}

// rootKinds are XML documents known by their root element.
var rootKinds = map[string]string{
	"html": "an HTML page", "project": "a Maven pom.xml", "Project": "an MSBuild project", "packages": "a NuGet packages.config",
	"SoftwareIdentity": "a SWID tag", "package": "a NuGet package description", "testsuites": "a JUnit report",
	"svg": "an SVG image", "rss": "a news feed", "feed": "a news feed", "plist": "a property list",
	"dependencyVerification": "a Gradle verification file", "analysis": "an OWASP Dependency-Check report",
}
