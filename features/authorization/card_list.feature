# The list of cards in charger.toml: read as people write it, and refused where no reader could ever show what stands there.
Feature: The list of cards

  Scenario Outline: The number of a card is written as <written>
    Given a charger with the configuration
      """
      [authorization]
      tokens = [{ id = "<written>" }]
      """
    And there is no CSMS
    When the driver plugs in
    And the card 04CA2D77112280 is held to the reader
    Then within 10 s the contactor closes

    Examples:
      | written              |
      | 04:CA:2D:77:11:22:80 |
      | 04-ca-2d-77-11-22-80 |
      | 04 CA 2D 77 11 22 80 |
      | 04ca2d77112280       |

  Scenario Outline: A list with <what> is refused with its row
    Then this configuration is refused with "<why>"
      """
      [authorization]
      tokens = [{ id = "04CA2D01", limit_a = 16 }, <row>]
      """

    Examples:
      | what                          | row                                        | why                                                                      |
      | nothing in a row              | { id = "" }                                | authorization.tokens[1].id: row 2                                         |
      | separators alone              | { id = ":" }                               | it is empty                                                              |
      | the same card twice           | { id = "04:ca:2d:01", limit_a = 32 }       | the same as row 1: each token stands                                     |
      | a contract of 5 A             | { id = "04CA2D02", limit_a = 5 }           | authorization.tokens[1].limit_a: row 2                                   |
      | a contract that overflows     | { id = "04CA2D02", limit_a = 2147484 }     | from 6 to 80 A                                                           |
      | a letter that is no digit     | { id = "04CA2DO1" }                        | is no hexadecimal digit                                                  |
      | a digit too few               | { id = "04CA2D0" }                         | 8, 14 or 20 hexadecimal digits, this one has 7                           |
      | a name that is too long       | { id = "A-name-of-more-than-thirty-six-characters", kind = "key-code" } | at most 36 characters       |
      | a number drawn at each tap    | { id = "08A1B2C3" }                        | another one at each tap                                                  |
      | a group without a name        | { id = "04CA2D02", group = "" }            | from 1 to 36 characters                                                  |

  Scenario: A card of the CSMS that is written with colons is the card at the reader
    Given a charger that asks for a token
    When the CSMS requests a start for the card 04:CA:2D:01
    And the driver plugs in
    Then within 10 s the contactor closes
    When 30 s pass
    And the card 04CA2D01 is held to the reader
    Then within 10 s the contactor opens
