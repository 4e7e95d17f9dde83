// Made by scripts/profiles from the reference's profiles.json: do not edit.
#include <algorithm>

#include "mailseal/base/profiles.h"

namespace mailseal {
namespace {

// clang-format off
constexpr std::uint16_t kVersions0_0[] = {
    0x0303, 0x0304};
constexpr std::uint16_t kVersions0_1[] = {
    0x0002, 0x0300, 0x0301, 0x0302};
constexpr ProfileGrade kVersions0[] = {
    {"ok", true, 0, kVersions0_0},
    {"must-not", false, 0, kVersions0_1},
};
constexpr std::uint16_t kSuites0_0[] = {
    0xc02b, 0xc02c, 0xc02f, 0xc030};
constexpr std::uint16_t kSuites0_1[] = {
    0x006e, 0x006f, 0x0070, 0x0071, 0x00a8, 0x00a9, 0x00c6, 0x00c7, 0x1301, 0x1302, 0x1303, 0x1304, 0x1305, 0x1306,
    0x1307, 0xc05c, 0xc05d, 0xc060, 0xc061, 0xc06a, 0xc06b, 0xc086, 0xc087, 0xc08a, 0xc08b, 0xc08e, 0xc08f, 0xc0a4,
    0xc0a5, 0xc0a8, 0xc0a9, 0xc0ac, 0xc0ad, 0xc0ae, 0xc0af, 0xc0b0, 0xc0b1, 0xc0b2, 0xc0b3, 0xc100, 0xc101, 0xc102,
    0xc103, 0xc104, 0xc105, 0xc106, 0xcc13, 0xcc14, 0xccab, 0xccac, 0xd001, 0xd002, 0xd003, 0xd005};
constexpr std::uint16_t kSuites0_2[] = {
    0x001f, 0x0021, 0x0023, 0x0025, 0x008b, 0x008c, 0x008d, 0x00ae, 0x00af, 0xc003, 0xc004, 0xc005, 0xc008, 0xc009,
    0xc00a, 0xc00d, 0xc00e, 0xc00f, 0xc012, 0xc013, 0xc014, 0xc017, 0xc018, 0xc019, 0xc01a, 0xc01b, 0xc01c, 0xc01d,
    0xc01e, 0xc01f, 0xc020, 0xc021, 0xc022, 0xc023, 0xc024, 0xc025, 0xc026, 0xc027, 0xc028, 0xc029, 0xc02a, 0xc02d,
    0xc02e, 0xc031, 0xc032, 0xc034, 0xc035, 0xc036, 0xc037, 0xc038, 0xc048, 0xc049, 0xc04a, 0xc04b, 0xc04c, 0xc04d,
    0xc04e, 0xc04f, 0xc05e, 0xc05f, 0xc062, 0xc063, 0xc064, 0xc065, 0xc070, 0xc071, 0xc072, 0xc073, 0xc074, 0xc075,
    0xc076, 0xc077, 0xc078, 0xc079, 0xc088, 0xc089, 0xc08c, 0xc08d, 0xc094, 0xc095, 0xc09a, 0xc09b};
constexpr ProfileGrade kSuites0[] = {
    {"recommended", true, 0, kSuites0_0},
    {"ok", true, 0, kSuites0_1},
    {"should-not", false, 0, kSuites0_2},
};
constexpr std::uint16_t kVersions1_0[] = {
    0x0304};
constexpr std::uint16_t kVersions1_1[] = {
    0x0303};
constexpr std::uint16_t kVersions1_2[] = {
    0x0002, 0x0300, 0x0301, 0x0302};
constexpr ProfileGrade kVersions1[] = {
    {"good", true, 0, kVersions1_0},
    {"sufficient", true, 0, kVersions1_1},
    {"insufficient", false, 0, kVersions1_2},
};
constexpr std::uint16_t kSuites1_0[] = {
    0x1302, 0x1303};
constexpr std::uint16_t kSuites1_1[] = {
    0x1301, 0x1304, 0xc02b, 0xc02c, 0xc02f, 0xc030, 0xc0ac, 0xc0ad, 0xcc13, 0xcc14};
constexpr std::uint16_t kSuites1_2[] = {
    0x0067, 0x006b, 0x009e, 0x009f, 0x00be, 0x00c4, 0xc023, 0xc024, 0xc027, 0xc028, 0xc044, 0xc045, 0xc048, 0xc049,
    0xc04c, 0xc04d, 0xc052, 0xc053, 0xc05c, 0xc05d, 0xc060, 0xc061, 0xc072, 0xc073, 0xc076, 0xc077, 0xc07c, 0xc07d,
    0xc086, 0xc087, 0xc08a, 0xc08b, 0xc09e, 0xc09f, 0xcc15};
constexpr ProfileGrade kSuites1[] = {
    {"good", true, 0, kSuites1_0},
    {"sufficient", true, 0, kSuites1_1},
    {"phase-out", false, 0, kSuites1_2},
};
constexpr std::uint16_t kGroups1_0[] = {
    0x11eb, 0x11ec, 0x11ed};
constexpr std::uint16_t kGroups1_1[] = {
    0x0017, 0x0018, 0x0019, 0x001a, 0x001b, 0x001c, 0x001d, 0x001e, 0x001f, 0x0020, 0x0021};
constexpr std::uint16_t kGroups1_2[] = {
    0x0015, 0x0101, 0x0102, 0x0103, 0x0104};
constexpr std::uint16_t kGroups1_3[] = {
    0x0100};
constexpr ProfileGrade kGroups1[] = {
    {"good", true, 0, kGroups1_0},
    {"sufficient", true, 0, kGroups1_1},
    {"phase-out", false, 0, kGroups1_2},
    {"insufficient", false, 0, kGroups1_3},
};
constexpr std::uint16_t kVersions2_0[] = {
    0x0303, 0x0304};
constexpr std::uint16_t kVersions2_1[] = {
    0x0002, 0x0300, 0x0301, 0x0302};
constexpr ProfileGrade kVersions2[] = {
    {"recommended", true, 0, kVersions2_0},
    {"not-recommended", false, 0, kVersions2_1},
};
constexpr std::uint16_t kSuites2_0[] = {
    0x0040, 0x0067, 0x006a, 0x006b, 0x009e, 0x009f, 0x00a2, 0x00a3, 0x00aa, 0x00ab, 0x00b2, 0x00b3, 0x1301, 0x1302,
    0x1304, 0xc023, 0xc024, 0xc027, 0xc028, 0xc02b, 0xc02c, 0xc02f, 0xc030, 0xc037, 0xc038, 0xc09e, 0xc09f, 0xc0a6,
    0xc0a7, 0xc0ac, 0xc0ad, 0xd001, 0xd002, 0xd005};
constexpr std::uint16_t kSuites2_1[] = {
    0x003e, 0x003f, 0x0068, 0x0069, 0x00a0, 0x00a1, 0x00a4, 0x00a5, 0x00ac, 0x00ad, 0x00b6, 0x00b7, 0xc025, 0xc026,
    0xc029, 0xc02a, 0xc02d, 0xc02e, 0xc031, 0xc032};
constexpr ProfileGrade kSuites2[] = {
    {"until-2029+", true, 0, kSuites2_0},
    {"until-2026", true, 2026, kSuites2_1},
};
constexpr std::uint16_t kGroups2_0[] = {
    0x0017, 0x0018, 0x0019, 0x001a, 0x001b, 0x001c, 0x001f, 0x0020, 0x0021, 0x0101, 0x0102};
constexpr ProfileGrade kGroups2[] = {
    {"listed", true, 0, kGroups2_0},
};
constexpr std::uint16_t kVersions3_0[] = {
    0x0303, 0x0304};
constexpr std::uint16_t kVersions3_1[] = {
    0x0301, 0x0302};
constexpr std::uint16_t kVersions3_2[] = {
    0x0002, 0x0300};
constexpr ProfileGrade kVersions3[] = {
    {"shall", true, 0, kVersions3_0},
    {"discouraged", false, 0, kVersions3_1},
    {"shall-not", false, 0, kVersions3_2},
};
constexpr std::uint16_t kSuites3_0[] = {
    0x0030, 0x0031, 0x0032, 0x0033, 0x0036, 0x0037, 0x0038, 0x0039, 0x003e, 0x003f, 0x0040, 0x0067, 0x0068, 0x0069,
    0x006a, 0x006b, 0x009e, 0x009f, 0x00a0, 0x00a1, 0x00a2, 0x00a3, 0x00a4, 0x00a5, 0x1301, 0x1302, 0x1304, 0x1305,
    0xc004, 0xc005, 0xc009, 0xc00a, 0xc00e, 0xc00f, 0xc013, 0xc014, 0xc023, 0xc024, 0xc025, 0xc026, 0xc027, 0xc028,
    0xc029, 0xc02a, 0xc02b, 0xc02c, 0xc02d, 0xc02e, 0xc02f, 0xc030, 0xc031, 0xc032, 0xc09e, 0xc09f, 0xc0a2, 0xc0a3,
    0xc0ac, 0xc0ad, 0xc0ae, 0xc0af};
constexpr std::uint16_t kSuites3_1[] = {
    0x002f, 0x0035, 0x003c, 0x003d, 0x009c, 0x009d, 0xc09c, 0xc09d, 0xc0a0, 0xc0a1};
constexpr ProfileGrade kSuites3[] = {
    {"allowed", true, 0, kSuites3_0},
    {"appendix-d-only", false, 0, kSuites3_1},
};
constexpr std::uint16_t kVersions4_0[] = {
    0x0304};
constexpr ProfileGrade kVersions4[] = {
    {"allowed", true, 0, kVersions4_0},
};
constexpr std::uint16_t kSuites4_0[] = {
    0x1301, 0x1302, 0x1303};
constexpr ProfileGrade kSuites4[] = {
    {"allowed", true, 0, kSuites4_0},
};
constexpr std::uint16_t kGroups4_0[] = {
    0x0017, 0x0018, 0x001d, 0x11ec};
constexpr ProfileGrade kGroups4[] = {
    {"listed", true, 0, kGroups4_0},
};
constexpr std::uint16_t kVersions5_0[] = {
    0x0303, 0x0304};
constexpr ProfileGrade kVersions5[] = {
    {"allowed", true, 0, kVersions5_0},
};
constexpr std::uint16_t kSuites5_0[] = {
    0x1301, 0x1302, 0x1303, 0xc02b, 0xc02c, 0xc02f, 0xc030, 0xcc13, 0xcc14};
constexpr ProfileGrade kSuites5[] = {
    {"allowed", true, 0, kSuites5_0},
};
constexpr std::uint16_t kGroups5_0[] = {
    0x0017, 0x0018, 0x001d, 0x11ec};
constexpr ProfileGrade kGroups5[] = {
    {"listed", true, 0, kGroups5_0},
};
constexpr std::uint16_t kVersions6_0[] = {
    0x0303, 0x0304};
constexpr ProfileGrade kVersions6[] = {
    {"allowed", true, 0, kVersions6_0},
};
constexpr std::uint16_t kSuites6_0[] = {
    0x009e, 0x009f, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02c, 0xc02f, 0xc030, 0xcc13, 0xcc14, 0xcc15};
constexpr ProfileGrade kSuites6[] = {
    {"allowed", true, 0, kSuites6_0},
};
constexpr std::uint16_t kGroups6_0[] = {
    0x0017, 0x0018, 0x001d};
constexpr ProfileGrade kGroups6[] = {
    {"listed", true, 0, kGroups6_0},
};
constexpr std::uint16_t kVersions7_0[] = {
    0x0301, 0x0302, 0x0303, 0x0304};
constexpr ProfileGrade kVersions7[] = {
    {"allowed", true, 0, kVersions7_0},
};
constexpr std::uint16_t kSuites7_0[] = {
    0x000a, 0x002f, 0x0035, 0x003c, 0x003d, 0x0067, 0x006b, 0x009c, 0x009d, 0x009e, 0x009f, 0x1301, 0x1302, 0x1303,
    0xc009, 0xc00a, 0xc013, 0xc014, 0xc023, 0xc024, 0xc027, 0xc028, 0xc02b, 0xc02c, 0xc02f, 0xc030, 0xcc13, 0xcc14,
    0xcc15};
constexpr ProfileGrade kSuites7[] = {
    {"allowed", true, 0, kSuites7_0},
};
constexpr std::uint16_t kGroups7_0[] = {
    0x0017, 0x0018, 0x001d};
constexpr ProfileGrade kGroups7[] = {
    {"listed", true, 0, kGroups7_0},
};
constexpr Profile kProfiles[] = {
    {.name = "rfc9325+10015",
     .title = "BCP 195 (RFC 8996, RFC 9325) as updated by RFC 10015 (July 2026)",
     .versions = kVersions0,
     .suites = kSuites0,
     .groups = {},
     .other_version = "not listed",
     .other_suite = "must-not",
     .other_group = "",
     .rsa_bits = 2048,
     .dh_bits = 2048,
     .ec_bits = 224,
     .hash_bits = 256,
     .ems = true,
     .secure_renegotiation = true,
     .no_compression = true,
     .no_early_data = true},
    {.name = "ncsc-nl-2025",
     .title = "NCSC-NL TLS guidelines 2025-05, as coded by internet.nl",
     .versions = kVersions1,
     .suites = kSuites1,
     .groups = kGroups1,
     .other_version = "not listed",
     .other_suite = "insufficient",
     .other_group = "insufficient",
     .rsa_bits = 3072,
     .hash_bits = 256,
     .ems = true,
     .no_compression = true},
    {.name = "bsi-tr-02102-2-2025",
     .title = "BSI TR-02102-2 v2025-01 (+ use-until from BSI TaSK 2023)",
     .versions = kVersions2,
     .suites = kSuites2,
     .groups = kGroups2,
     .other_version = "not listed",
     .other_suite = "not-recommended",
     .other_group = "",
     .rsa_bits = 3000,
     .dh_bits = 3000,
     .ec_bits = 250,
     .no_early_data = true,
     .no_heartbeat = true},
    {.name = "nist-sp800-52r2",
     .title = "NIST SP 800-52r2 (2019)",
     .versions = kVersions3,
     .suites = kSuites3,
     .groups = {},
     .other_version = "not listed",
     .other_suite = "not-allowed",
     .other_group = "",
     .rsa_bits = 2048,
     .dh_bits = 2048,
     .ec_bits = 224,
     .hash_bits = 224,
     .certificate_days = 1095,
     .ems = true,
     .secure_renegotiation = true,
     .encrypt_then_mac = true,
     .no_compression = true,
     .no_early_data = true},
    {.name = "mozilla-6.0-modern",
     .title = "Mozilla Server Side TLS 6.0 modern",
     .versions = kVersions4,
     .suites = kSuites4,
     .groups = kGroups4,
     .other_version = "not listed",
     .other_suite = "not listed",
     .other_group = "not listed",
     .certificate_days = 90,
     .ecdsa = true},
    {.name = "mozilla-6.0-intermediate",
     .title = "Mozilla Server Side TLS 6.0 intermediate",
     .versions = kVersions5,
     .suites = kSuites5,
     .groups = kGroups5,
     .other_version = "not listed",
     .other_suite = "not listed",
     .other_group = "not listed",
     .rsa_bits = 2048,
     .dh_bits = 2048,
     .certificate_days = 366,
     .ecdsa = true,
     .rsa = true},
    {.name = "mozilla-5.7-intermediate",
     .title = "Mozilla Server Side TLS 5.7 intermediate",
     .versions = kVersions6,
     .suites = kSuites6,
     .groups = kGroups6,
     .other_version = "not listed",
     .other_suite = "not listed",
     .other_group = "not listed",
     .rsa_bits = 2048,
     .dh_bits = 2048,
     .certificate_days = 366,
     .ecdsa = true,
     .rsa = true},
    {.name = "mozilla-5.7-old",
     .title = "Mozilla Server Side TLS 5.7 old",
     .versions = kVersions7,
     .suites = kSuites7,
     .groups = kGroups7,
     .other_version = "not listed",
     .other_suite = "not listed",
     .other_group = "not listed",
     .rsa_bits = 2048,
     .dh_bits = 1024,
     .certificate_days = 366,
     .rsa = true},
};
// clang-format on

}  // namespace

std::span<const Profile> profiles() noexcept { return kProfiles; }

const Profile* find_profile(std::string_view name) noexcept {
  const auto* at = std::find_if(std::begin(kProfiles), std::end(kProfiles), [&](const Profile& p) { return p.name == name; });
  return at == std::end(kProfiles) ? nullptr : at;
}

}  // namespace mailseal
