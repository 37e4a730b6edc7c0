package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/semrob/gonb-semrob/semrob/study/queue/embedded"
	"github.com/semrob/gonb-semrob/semrob/study/sweep"
)

// selfSigned writes a certificate for a name and its key.
func selfSigned(t *testing.T, dir, name string) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{name}}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	cert, key = filepath.Join(dir, "server.pem"), filepath.Join(dir, "server-key.pem")
	writeFile(t, cert, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
	writeFile(t, key, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})))
	return cert, key
}

// freeAddress returns an address on every interface whose port is free now.
func freeAddress(t *testing.T) (address, port string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, err = net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return "0.0.0.0:" + port, port
}

// TestStudyListensWithTLS has a run that other machines reach by a name which
// this one does not know: its own worker joins all the same, another one with
// the certificate, the name and the token, and one without them hears why not.
func TestStudyListensWithTLS(t *testing.T) {
	dir := t.TempDir()
	planFile, folder := writeStudy(t, dir, 6, 10), filepath.Join(dir, "study")
	cert, key := selfSigned(t, dir, "studies.example")
	address, port := freeAddress(t)
	run := start(t, command1, "study", "run", planFile, "--out", folder, "--listen", address, "--tls-cert", cert, "--tls-key", key, "--workers", "0")
	var token string
	for range 100 {
		if known, err := embedded.Address(filepath.Join(folder, sweep.ServerFolder)); err == nil {
			token = known.Token
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	if token == "" {
		t.Fatalf("the server does not come up:\n%s", run.out)
	}
	url := "tls://127.0.0.1:" + port
	for says, args := range map[string][]string{
		"--tls-ca":          {"--tls-name", "studies.example"},
		"--tls-name":        {"--tls-ca", cert},
		"SEMROB_NATS_TOKEN": {"--tls-ca", cert, "--tls-name", "studies.example"},
	} {
		t.Setenv(tokenVariable, "")
		status, _, stderr := command(t, append([]string{"study", "worker", "--nats", url}, args...)...)
		if status == 0 || !strings.Contains(stderr, says) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("a worker with %v: status %d, %q, want one line with %s", args, status, stderr, says)
		}
	}
	worker := start(t, append([]string{tokenVariable + "=" + token}, command1...), "study", "worker", "--nats", url, "--tls-ca", cert, "--tls-name", "studies.example", "--dir", dir)
	if err := run.finished(2 * time.Minute); err != nil {
		t.Fatalf("the run did not end well (%v):\n%s\nthe worker:\n%s", err, run.out, worker.out)
	}
	crew := start(t, command1, "study", "run", planFile, "--out", filepath.Join(dir, "crew"), "--listen", "0.0.0.0:0", "--tls-cert", cert, "--tls-key", key)
	if err := crew.finished(2 * time.Minute); err != nil {
		t.Errorf("a run with a worker of its own did not end well (%v):\n%s", err, crew.out)
	}
}
