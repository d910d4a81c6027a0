#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace gmmvi::core {

/// What a text may contain besides characters that can be seen.
enum class Lines { one, many };

/// `text` as a terminal, a log and a JSON file can show it: UTF-8 stays; control characters and those that turn the
/// direction of writing are escaped as in JSON ("\u001b"), and so are bytes that are no UTF-8 ("\xff"). Newlines and
/// tabs stay, too, where it may have several lines. Of what it returns it changes nothing.
std::string printable(std::string_view text, Lines lines = Lines::many);

/// `text`, or where that has more than `longest` bytes its beginning and its end, and between them how long it is. No
/// character is cut in two.
std::string excerpt(std::string_view text, std::size_t longest);

/// How long texts are at most, in bytes.
constexpr std::size_t longest_quotation = 200;  ///< of what a file says, within a message
constexpr std::size_t longest_reason = 2'000;   ///< of an exception that is not ours
constexpr std::size_t longest_message = 30'000;

/// A value that a file has, for a message about it: short, and in one line.
std::string quotation(std::string_view text);
/// What an exception that is not ours says, for messages, files and other ranks.
std::string reason(std::string_view text);
/// A whole message, for the screen, files and other ranks.
std::string message(std::string_view text);

}  // namespace gmmvi::core
