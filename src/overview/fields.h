// Fields: the members of a judged session and of all it holds, each listed once, for writing and for reading.
//
// A struct is taken apart by structured bindings, which do not compile when it gets another member: so none can be
// forgotten, in one way or in both. Members that are seen in the same packets stand together (archive.h).
#pragma once

#include <concepts>
#include <type_traits>

#include "mailseal/overview.h"

namespace mailseal {

/// Const to write, not so to read.
template <class Record, class Of>
concept Like = std::same_as<std::remove_const_t<Record>, Of>;

template <class Archive, Like<Endpoint> Record>
void fields(Archive& archive, Record& record) {
  auto& [address, port] = record;
  archive(address, port);
}

template <class Archive, Like<FlowKey> Record>
void fields(Archive& archive, Record& record) {
  auto& [client, server] = record;
  archive(client, server);
}

template <class Archive, Like<SideCounters> Record>
void fields(Archive& archive, Record& record) {
  auto& [packets, payload_bytes, retransmitted, duplicates, superframes, resets] = record;
  archive(packets, payload_bytes, retransmitted, duplicates, superframes, resets);
}

template <class Archive, Like<DoubtSeen> Record>
void fields(Archive& archive, Record& record) {
  auto& [doubt, seen, after_established] = record;
  archive(doubt, seen, after_established);
}

template <class Archive, Like<Credential> Record>
void fields(Archive& archive, Record& record) {
  auto& [kind, mechanism, user, secret_bytes, seen, accepted, fingerprint] = record;
  archive(kind, mechanism, user, secret_bytes, seen, accepted);
  (void)fingerprint;  // written nowhere: it is compared before (stories.h)
}

template <class Archive, Like<Alert> Record>
void fields(Archive& archive, Record& record) {
  auto& [seen, level, description] = record;
  archive(seen, level, description);
}

template <class Archive, Like<Certificate> Record>
void fields(Archive& archive, Record& record) {
  auto& [subject, issuer, serial, names, not_before, not_after, key, key_bits, signature_algorithm, sha256, parsed,
         self_signed, der, spki_sha256, curve, addresses, oversized_key, has_alternative_names, has_scts, is_ca,
         has_key_usages, for_servers, for_clients] = record;
  archive(subject, issuer, serial, names, not_before, not_after, key, key_bits, signature_algorithm, sha256, parsed,
          self_signed, der);
  archive(spki_sha256, curve, addresses, oversized_key, has_alternative_names, has_scts, is_ca, has_key_usages,
          for_servers, for_clients);
}

template <class Archive, Like<PayloadSample> Record>
void fields(Archive& archive, Record& record) {
  auto& [bytes, chi_square, last] = record;
  archive(bytes, chi_square, last);
}

template <class Archive, Like<ClientOffer> Record>
void fields(Archive& archive, Record& record) {
  auto& [ja3, ja4, versions, suites, groups, schemes, extensions, key_shares, point_formats, compressions, psk_modes,
         alpn, legacy_version, server_name, ems, reneg_info, encrypt_then_mac, truncated_hmac, heartbeat, ticket, ocsp,
         sct, psk, early_data, ech, fallback_scsv] = record;
  archive(ja3, ja4, versions, suites, groups, schemes, extensions, key_shares, point_formats, compressions, psk_modes,
          alpn, legacy_version);
  archive(server_name, ems, reneg_info, encrypt_then_mac, truncated_hmac, heartbeat, ticket, ocsp, sct, psk, early_data,
          ech, fallback_scsv);
}

template <class Archive, Like<DhPrime> Record>
void fields(Archive& archive, Record& record) {
  auto& [name, sha256] = record;
  archive(name, sha256);
}

template <class Archive, Like<Undecrypted> Record>
void fields(Archive& archive, Record& record) {
  auto& [why, seen] = record;
  archive(why, seen);
}

template <class Archive, Like<InsideStatus> Record>
void fields(Archive& archive, Record& record) {
  auto& [code, enhanced, seen] = record;
  archive(code, enhanced, seen);
}

template <class Archive, Like<InsideLogin> Record>
void fields(Archive& archive, Record& record) {
  auto& [mechanism, user, seen, accepted] = record;
  archive(mechanism, user, seen, accepted);
}

template <class Archive, Like<Inside> Record>
void fields(Archive& archive, Record& record) {
  auto& [state, records, first, stopped, protocol, client_name, commands, messages, recipients, logins, statuses] =
      record;
  archive(state, records, first, stopped, protocol, client_name, commands, messages, recipients, logins, statuses);
}

template <class Archive, Like<CanarySeen> Record>
void fields(Archive& archive, Record& record) {
  auto& [sha256, charset, form, layer, seen] = record;
  archive(sha256, charset, form, layer, seen);
}

template <class Archive, Like<CanaryFacts> Record>
void fields(Archive& archive, Record& record) {
  auto& [seen, clear_bytes, tls_bytes] = record;
  archive(seen, clear_bytes, tls_bytes);
}

template <class Archive, Like<TlsFacts> Record>
void fields(Archive& archive, Record& record) {
  auto& [server_hello, application_data, application_bytes, first_record, client_hello, hello_retry, established,
         sslv2_hello, certificate, certificate_request, client_certificate, client_key_exchange, client_finished,
         server_finished, client_ccs, server_ccs, early_data, renegotiation, malformed, encrypted_alert_before_data,
         printable_run, payload, fatal_alert, alerts, offer, server_name, alpn, version, cipher_suite, group, dh_bits,
         dh_prime, server_signature, ja3s, ticket, certificate_status, resumed, psk_without_key_share, compression, ems,
         reneg_info, encrypt_then_mac, truncated_hmac, heartbeat, sct, sentinel, marks, chain, chain_hidden,
         client_chain, chain_lack, client_chain_lack, chain_decrypted, inside] = record;
  archive(client_hello, server_hello, first_record, application_data, application_bytes, hello_retry, established,
          sslv2_hello, certificate, certificate_request, client_certificate, client_key_exchange, client_finished,
          server_finished, client_ccs, server_ccs, early_data, renegotiation, malformed, encrypted_alert_before_data,
          printable_run, payload, fatal_alert, alerts);
  archive(offer, server_name, alpn, version, cipher_suite, group, dh_bits, dh_prime, server_signature, ja3s, ticket,
          certificate_status);
  archive(resumed, psk_without_key_share, compression, ems, reneg_info, encrypt_then_mac, truncated_hmac, heartbeat,
          sct, sentinel);
  archive(chain, chain_hidden, client_chain, chain_lack, client_chain_lack, chain_decrypted, inside);
  (void)marks;  // overview has taken them when the session ended, and nobody needs them again
}

template <class Archive, Like<ProductSeen> Record>
void fields(Archive& archive, Record& record) {
  auto& [product, certainty, version, seen] = record;
  archive(product, certainty, version, seen);
}

template <class Archive, Like<ReceivedClaim> Record>
void fields(Archive& archive, Record& record) {
  auto& [from, by, with, version, cipher, verify, bits, tls, count, seen] = record;
  archive(from, by, with, version, cipher, verify, bits, tls, count, seen);
}

template <class Archive, Like<MessageFacts> Record>
void fields(Archive& archive, Record& record) {
  auto& [octets, largest, from_domains, to_domains, received, received_fields] = record;
  archive(octets, largest, from_domains, to_domains, received, received_fields);
}

template <class Archive, Like<Session> Record>
void fields(Archive& archive, Record& record) {
  auto& [tls, flow, protocol, entry, submission, first, last, closed, sides, initial, began, greeting, client_name,
         greeting_name, product, proxy_header, fin_client, fin_server, reset, spoke, capabilities, upgrade_offered,
         upgrade_requested, upgrade_accepted, upgrade_refused, upgrade_reply, injected_commands, injected_replies,
         injected_command_bytes, injected_reply_bytes, early_client_hello, not_tls_after_accept, clear_answer_to_hello,
         capability_masked, helo_only, refused_before_tls, preauth, clear_on_implicit_port, tls_on_clear_port, content,
         headers, envelope, mailbox_activity, content_bytes, header_bytes, recipients, messages, message_facts,
         end_to_end, auth_offered, credentials, sasl_layer, compressed, unknown_protocol, canary, doubts, said] =
      record;
  archive(flow, protocol, entry, submission, closed, sides, first, began, spoke, greeting, client_name, greeting_name,
          product, proxy_header);
  archive(capabilities, upgrade_offered, upgrade_requested, upgrade_accepted, upgrade_refused, upgrade_reply,
          injected_commands, injected_replies, injected_command_bytes, injected_reply_bytes, early_client_hello,
          not_tls_after_accept, clear_answer_to_hello, capability_masked, helo_only, refused_before_tls, preauth,
          clear_on_implicit_port, tls_on_clear_port, tls);
  archive(content, headers, envelope, mailbox_activity, content_bytes, header_bytes, recipients, messages,
          message_facts, end_to_end, auth_offered, credentials, sasl_layer, compressed, unknown_protocol, canary,
          doubts);
  archive(fin_client, fin_server, reset, last);
  (void)initial, (void)said;  // as TlsFacts' marks
}

template <class Archive, Like<ChainResult::Step> Record>
void fields(Archive& archive, Record& record) {
  auto& [depth, subject, error_code] = record;
  archive(depth, subject, error_code);
}

template <class Archive, Like<ChainResult> Record>
void fields(Archive& archive, Record& record) {
  auto& [ok, error_code, error, depth, dates_checked, steps] = record;
  archive(ok, error_code, error, depth, dates_checked, steps);
}

template <class Archive, Like<Finding> Record>
void fields(Archive& archive, Record& record) {
  auto& [kind, severity, seen, note] = record;
  archive(kind, severity, seen, note);
}

template <class Archive, Like<Judgement> Record>
void fields(Archive& archive, Record& record) {
  auto& [state, confidence, confidence_lacks, role, exposed, findings, reasons, chain, client_chain, policy, profile] =
      record;
  archive(state, confidence, confidence_lacks, role, exposed, findings, reasons);
  archive(chain, client_chain);
  (void)policy, (void)profile;  // overview has taken them when the session ended
}

template <class Archive, Like<ResumedFrom> Record>
void fields(Archive& archive, Record& record) {
  auto& [session, by] = record;
  archive(session, by);
}

template <class Archive, Like<JudgedSession> Record>
void fields(Archive& archive, Record& record) {
  auto& [id, session, judgement, finding_kinds, resumed_from, also_seen_as] = record;
  (void)id;  // in the spool's index: it is not known when a session ends
  archive(session, judgement, finding_kinds, resumed_from, also_seen_as);
}

}  // namespace mailseal
